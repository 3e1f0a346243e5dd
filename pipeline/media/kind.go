package media

import (
	"path"
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

// Kinds are the words by which a source says what it wants to read.
const (
	KindPage    = "page"
	KindXML     = "xml"
	KindJSON    = "json"
	KindTable   = "csv"
	KindText    = "text"
	KindPDF     = "pdf"
	KindWord    = "word"
	KindSheet   = "sheet"
	KindImage   = "image"
	KindArchive = "archive"
	KindOther   = "other" // what a browser plays or runs, and all the rest
)

// Kinds lists them.
func Kinds() []string {
	return []string{KindPage, KindXML, KindJSON, KindTable, KindText, KindPDF, KindWord, KindSheet, KindImage, KindArchive, KindOther}
}

// Kind is the word for a media type, as Decide gives it.
func Kind(mediaType string) string {
	switch class, _, _ := strings.Cut(mediaType, "/"); {
	case mediaType == HTML:
		return KindPage
	case mediaType == XML:
		return KindXML
	case mediaType == JSON:
		return KindJSON
	case mediaType == CSV:
		return KindTable
	case mediaType == PDF:
		return KindPDF
	case mediaType == DOCX || mediaType == DOC || mediaType == "text/rtf":
		return KindWord
	case mediaType == XLSX || mediaType == XLS:
		return KindSheet
	case slices.Contains([]string{ZIP, "application/gzip", "application/x-rar-compressed", "application/x-7z-compressed"}, mediaType):
		return KindArchive
	case class == "image":
		return KindImage
	case class == "text":
		return KindText
	}
	return KindOther
}

// endings are the names of files that say what is in them, without regard to
// case; scripts of servers, as .jsp and .aspx, say nothing.
func endings() map[string][]string {
	return map[string][]string{
		KindPage: {"htm", "html", "shtml", "xhtml"}, KindXML: {"xml", "rss", "atom"}, KindJSON: {"json"}, KindTable: {"csv", "tsv"}, KindText: {"txt", "md"},
		KindPDF: {"pdf"}, KindWord: {"doc", "docx", "wps", "rtf"}, KindSheet: {"xls", "xlsx", "et"},
		KindImage:   {"png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "svg", "ico", "avif"},
		KindArchive: {"zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz"},
		KindOther: {
			"css", "js", "mjs", "woff", "woff2", "ttf", "otf", "eot", "mp3", "mp4", "avi", "mov", "wmv", "flv", "wav", "m4a", "webm", "swf", "exe", "apk", "msi", "dmg",
			"iso", "bin", "ppt", "pptx", "ofd",
		},
	}
}

// KindOfPath is the kind that the ending of a path speaks for; empty: it
// speaks for none.
func KindOfPath(p string) string {
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(p), "."))
	if ending == "" {
		return ""
	}
	for kind, names := range endings() {
		if slices.Contains(names, ending) {
			return kind
		}
	}
	return ""
}

// Wanted reports whether a source wants what a capture holds, by its bytes.
// Start pages, and what only leads, are taken as they are.
func Wanted(src evidence.Source, c evidence.Capture) bool {
	if c.Lead.Depth == 0 || c.Media.Type == "" || slices.Contains([]string{evidence.SitemapView, evidence.FeedView, evidence.ProbeView}, c.Lead.View) {
		return true
	}
	return src.Wants(Kind(c.Media.Type))
}
