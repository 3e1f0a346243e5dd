package coding_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"probity/pipeline/archive/coding"
	"probity/pipeline/evidence"
)

func TestARawBodyYieldsItsBodyAndNoOther(t *testing.T) {
	body := []byte(strings.Repeat("page of some length ", 10_000))
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body)
	_ = z.Close()
	other := bytes.Clone(body)
	other[len(other)-1]++
	for name, c := range map[string]struct {
		codings []string
		body    []byte
		want    bool
	}{
		"the same":     {[]string{"gzip"}, body, true},
		"one byte off": {[]string{"gzip"}, other, false},
		"shorter":      {[]string{"gzip"}, body[:len(body)-1], false},
		"longer":       {[]string{"gzip"}, append(bytes.Clone(body), 'x'), false},
		"nothing":      {[]string{"gzip"}, nil, false},
		"not coded":    {nil, b.Bytes(), true},
	} {
		if got, err := coding.Yields(b.Bytes(), c.codings, c.body); err != nil || got != c.want {
			t.Errorf("%s: %v, %v, want %v", name, got, err, c.want)
		}
	}
	if _, err := coding.Yields(b.Bytes()[:b.Len()/2], []string{"gzip"}, body); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("half of it: %v, want invalid", err)
	}
}
