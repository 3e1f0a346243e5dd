// Package canon writes values as canonical JSON (RFC 8785), so that equal
// things have equal bytes and equal digests wherever they are written.
//
// It is the one door to the canonicaliser. It refuses what JSON cannot say
// exactly: numbers beyond 2^53 must be strings.
package canon

import (
	"encoding/json"
	"fmt"

	"github.com/gowebpki/jcs"

	"probity/pipeline/evidence"
)

// JSON returns v as canonical JSON.
func JSON(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("canonical JSON: %w: %w", evidence.ErrInvalid, err)
	}
	b, err = jcs.Transform(b)
	if err != nil {
		return nil, fmt.Errorf("canonical JSON: %w: %w", evidence.ErrInvalid, err)
	}
	return b, nil
}

// Digest returns the SHA-256 of v's canonical JSON, in hexadecimal.
func Digest(v any) (string, error) {
	b, err := JSON(v)
	if err != nil {
		return "", err
	}
	return evidence.DigestBytes(b), nil
}
