package chromerender

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"probity/pipeline/evidence"
)

func TestABrowserThatSaysTooMuchAtOnceIsCutOff(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		said string
		ok   bool
	}{
		"messages within the limit": {strings.Repeat("12345678\x00", 100), true},
		"one at the limit":          {"1234567890\x00", true},
		"one beyond":                {"1\x0012345678901", false},
		"one that never ends":       {strings.Repeat("x", 1000), false},
	} {
		got, err := io.ReadAll(&limitedReader{ReadCloser: io.NopCloser(dripping{strings.NewReader(tt.said)}), limit: 10})
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, evidence.ErrInvalid) || tt.ok && string(got) != tt.said || len(got) > len(tt.said) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

// dripping reads a few bytes at a time, as a pipe may.
type dripping struct{ r io.Reader }

func (o dripping) Read(b []byte) (int, error) { return o.r.Read(b[:min(len(b), 3)]) }

func TestAGroupIsWeighedWholeWhateverItsProcessesAreCalled(t *testing.T) {
	t.Parallel()
	proc := t.TempDir()
	for pid, stat := range map[string]string{
		"10": "10 (chromium) S 1 10 10 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 100 1000 25 18446744073709551615",
		"11": "11 (a) 9 (b) S 10 10 10 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 100 1000 5 18446744073709551615",
		"12": "12 (other) S 1 12 12 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 100 1000 1000 18446744073709551615",
		"13": "13 (torn",
		"14": "",
	} {
		if err := errors.Join(os.Mkdir(filepath.Join(proc, pid), 0o700), os.WriteFile(filepath.Join(proc, pid, "stat"), []byte(stat), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := weight(proc, 10), int64(30*os.Getpagesize()); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

func TestOnlyFormsAndJSONArePosted(t *testing.T) {
	t.Parallel()
	form := []*network.PostDataEntry{{Bytes: []byte("page=")}, {Bytes: []byte("2")}}
	for name, tt := range map[string]struct {
		r    network.Request
		body string
		ok   bool
	}{
		"no body":       {network.Request{Method: "GET"}, "", true},
		"a form":        {network.Request{Method: "POST", HasPostData: true, Headers: network.Headers{"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}, PostDataEntries: form}, "page=2", true},
		"JSON":          {network.Request{Method: "POST", HasPostData: true, Headers: network.Headers{"Content-Type": "Application/JSON;charset=utf-8"}, PostDataEntries: form}, "page=2 application/json", true},
		"a file":        {network.Request{Method: "POST", HasPostData: true, Headers: network.Headers{"Content-Type": "multipart/form-data; boundary=x"}, PostDataEntries: form}, "", false},
		"no type":       {network.Request{Method: "POST", HasPostData: true, PostDataEntries: form}, "", false},
		"another verb":  {network.Request{Method: "PUT", HasPostData: true, Headers: network.Headers{"Content-Type": "application/x-www-form-urlencoded"}, PostDataEntries: form}, "", false},
		"an odd header": {network.Request{Method: "POST", HasPostData: true, Headers: network.Headers{"Content-Type": 7}, PostDataEntries: form}, "", false},
	} {
		p, ok := posted(&tt.r)
		if body := strings.TrimSpace(p.Body + " " + p.BodyType); body != tt.body || ok != tt.ok {
			t.Errorf("%s: %q %t", name, body, ok)
		}
	}
}
