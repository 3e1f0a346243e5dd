package evidence

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Digest returns the SHA-256 over kind and parts, each preceded by its
// length, as 64 lower-case hexadecimal characters. Every id of the house that
// is not a capture's is such a digest.
func Digest(kind string, parts ...string) string {
	n := 8 + len(kind)
	for _, p := range parts {
		n += 8 + len(p)
	}
	if n > short {
		return long(kind, parts)
	}
	var room [short]byte
	b := part(room[:0], kind)
	for _, p := range parts {
		b = part(b, p)
	}
	return hexadecimal(sha256.Sum256(b))
}

// short is how many bytes are digested without a hash on the heap; nearly all
// ids are made of fewer.
const short = 512

func long(kind string, parts []string) string {
	h := sha256.New()
	var n [8]byte
	for _, p := range append([]string{kind}, parts...) {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// part appends a part of a digest.
func part(b []byte, p string) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(p))), p...)
}

func hexadecimal(sum [sha256.Size]byte) string {
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], sum[:])
	return string(text[:])
}

// DigestBytes returns the plain SHA-256 of b in lower-case hexadecimal.
func DigestBytes(b []byte) string { return hexadecimal(sha256.Sum256(b)) }
