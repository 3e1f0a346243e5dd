package warcfiles

import (
	"bytes"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

const prefix = "X-Archive-Orig-"

// disguise renames the headers that would contradict a body of that length
// after transfer decoding, and tells which.
func disguise(head []byte, length int) ([]byte, []string) {
	var renamed []string
	out := eachLine(head, func(name, value string) string {
		lie := strings.EqualFold(name, "Transfer-Encoding") ||
			strings.EqualFold(name, "Content-Length") && value != strconv.Itoa(length)
		if !lie {
			return name
		}
		renamed = append(renamed, name)
		return prefix + name
	})
	return out, renamed
}

// undisguise gives renamed headers their names back.
func undisguise(head []byte, renamed []string) []byte {
	return eachLine(head, func(name, _ string) string {
		if plain, ok := strings.CutPrefix(name, prefix); ok && slices.Contains(renamed, plain) {
			return plain
		}
		return name
	})
}

// eachLine rewrites the names of header lines and leaves every other byte as
// it is.
func eachLine(head []byte, rename func(name, value string) string) []byte {
	var out bytes.Buffer
	for i, line := range bytes.SplitAfter(head, []byte("\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if i == 0 || !ok || len(name) == 0 || name[0] == ' ' || name[0] == '\t' {
			out.Write(line)
			continue
		}
		out.WriteString(rename(string(name), string(bytes.TrimSpace(value))))
		out.Write(line[len(name):])
	}
	return out.Bytes()
}

// fields parses the headers of a head; what is no header line is passed over.
func fields(head []byte) http.Header {
	h := http.Header{}
	last := ""
	lines := strings.Split(string(head), "\n")
	for _, line := range lines[1:] {
		line = strings.TrimRight(line, "\r")
		if line == "" {
			break
		}
		if (line[0] == ' ' || line[0] == '\t') && last != "" {
			v := h[last]
			v[len(v)-1] += " " + strings.TrimSpace(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" {
			continue
		}
		last = textproto.CanonicalMIMEHeaderKey(name)
		h[last] = append(h[last], strings.TrimSpace(value))
	}
	return h
}

// split parts an HTTP message into head and body.
func split(block []byte) (head, body []byte) {
	head, body, ok := bytes.Cut(block, []byte("\r\n\r\n"))
	if !ok {
		return block, nil
	}
	return block[:len(head)+4], body
}
