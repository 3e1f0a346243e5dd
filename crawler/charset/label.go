package charset

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// head is how far into a page its own declaration is looked for. HTML says
// 1024 bytes; pages with long comments above it are read all the same.
const head = 4096

// Patterns of a page's own declaration.
//
//nolint:gochecknoglobals // compiled once, never written
var (
	comment = regexp.MustCompile(`(?s)<!--.*?-->`)
	xmlDecl = regexp.MustCompile(`(?i)^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']+)["']`)
	metaTag = regexp.MustCompile(`(?is)<meta\b[^>]*>`)
	equals  = regexp.MustCompile(`(?is)charset\s*=\s*["']?\s*([^\s"'/>;]+)`)
	cssRule = regexp.MustCompile(`(?i)^@charset "([^"]+)"`)
	langTag = regexp.MustCompile(`(?is)<html\b[^>]*?\slang\s*=\s*["']?\s*([a-z][-a-z0-9]*)`)
)

// pageLabel is the charset that a page declares in its own text. A UTF-16
// label there cannot be true, since it was read as ASCII (HTML 13.2.3.2).
func pageLabel(body []byte) string {
	top := body[:min(len(body), head)]
	if m := cssRule.FindSubmatch(top); m != nil {
		return asciiLabel(m[1])
	}
	if m := xmlDecl.FindSubmatch(top); m != nil {
		return asciiLabel(m[1])
	}
	for _, tag := range metaTag.FindAll(comment.ReplaceAll(top, nil), -1) {
		if m := equals.FindSubmatch(tag); m != nil {
			if name := asciiLabel(m[1]); name != "" {
				return name
			}
		}
	}
	return ""
}

func asciiLabel(label []byte) string {
	name := canonical(string(label))
	if strings.HasPrefix(name, "utf-16") {
		return utf8Name
	}
	return name
}

// binary reports whether the answer is no text. What the bytes say outweighs
// the header.
func binary(contentType string, body []byte) bool {
	for _, magic := range []string{
		"PK\x03\x04", "PK\x05\x06", "%PDF-", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "\x89PNG\r\n", "\xff\xd8\xff", "GIF8",
		"\x1f\x8b\x08", "Rar!\x1a\x07", "7z\xbc\xaf\x27\x1c", "RIFF", "BM6", "wOFF", "wOF2",
	} {
		if bytes.HasPrefix(body, []byte(magic)) {
			return true
		}
	}
	media, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	media = strings.TrimSpace(media)
	class, _, _ := strings.Cut(media, "/")
	if slices.Contains([]string{"image", "audio", "video", "font"}, class) && !strings.HasSuffix(media, "+xml") {
		return true
	}
	if slices.Contains([]string{"application/pdf", "application/zip", "application/msword", "application/vnd.ms-excel"}, media) && len(body) == 0 {
		return true
	}
	return false
}

func nuls(contentType string, body []byte) bool {
	return bytes.IndexByte(body[:min(len(body), head)], 0) >= 0 && !strings.Contains(strings.ToLower(contentType), "utf-16")
}
