package rfc9309

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// mutate does to a file what editors, scripts and bad disks do to it.
func mutate(r *rand.Rand, body []byte, others [][]byte) []byte {
	lines := bytes.SplitAfter(body, []byte("\n"))
	switch r.IntN(12) {
	case 0:
		r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	case 1: // a line twice, or many times
		i := r.IntN(len(lines))
		lines[i] = bytes.Repeat(lines[i], 1+r.IntN(200))
	case 2: // cut short
		return body[:r.IntN(len(body)+1)]
	case 3: // another file behind it
		return append(bytes.Clone(body), others[r.IntN(len(others))]...)
	case 4: // flipped bits
		out := bytes.Clone(body)
		for range 1 + len(out)/20 {
			if len(out) > 0 {
				out[r.IntN(len(out))] ^= 1 << r.IntN(8)
			}
		}
		return out
	case 5:
		return bytes.ReplaceAll(body, []byte("\n"), []byte([]string{"\r", "\r\n", "\n\n", "\u2028", "", "\x00\n", "<br>"}[r.IntN(7)]))
	case 6:
		return bytes.ReplaceAll(body, []byte(":"), []byte([]string{"", " ", "：", " :", ":\t", "="}[r.IntN(6)]))
	case 7:
		return bytes.ReplaceAll(body, []byte("/"), []byte([]string{"*", "$", "%", "%2f", "/信用/", "\xd0\xc5", "/*/"}[r.IntN(7)]))
	case 8:
		return append([]byte([]string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff", "\xef\xbb", "<html>", "#"}[r.IntN(6)]), body...)
	case 9:
		return []byte(utf16LE(string(body)))
	case 10:
		return []byte(strings.ToUpper(string(body)))
	case 11: // over and over
		return bytes.Repeat(append(bytes.Clone(body), '\n'), 1+(20<<10)/(len(body)+1))
	}
	return bytes.Join(lines, nil)
}

// Files as the web has them: those of the suites, changed up to
// four times.
func TestNoFileIsTooBroken(t *testing.T) {
	var files [][]byte
	for _, r := range readings() {
		files = append(files, []byte(r.file))
	}
	for _, suite := range seeds() {
		for _, v := range suite {
			files = append(files, v.body(t))
		}
	}
	r := rand.New(rand.NewPCG(9309, 1))
	for i := range 1500 {
		body := files[i%len(files)]
		for range 1 + r.IntN(4) {
			if len(body) < 32<<10 {
				body = mutate(r, body, files)
			}
		}
		holds(t, body, []string{"probity", "a", "googlebot", "*", "信用", ""}[r.IntN(6)], []string{"/", "/x?y=z", "http://a.example/%E4%BF%A1/*$", "//", "%", "/fish/a.php"}[r.IntN(6)])
	}
}
