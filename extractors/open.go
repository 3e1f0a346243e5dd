package extractors

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"probity/extractors/docx"
	"probity/extractors/page"
	"probity/extractors/sheet"
	"probity/pipeline/evidence"
	"probity/pipeline/media"
)

// open decodes the capture; what only leads further is read by who discovers,
// and has a page only where it is one.
func (s Settings) open(k kind, v evidence.View, x evidence.Exchange) (*page.Page, error) {
	if v.Render != nil && x.Capture.IsHTML() {
		dom, ok := x.Attachment(evidence.AttachedDOM)
		if !ok {
			return nil, fmt.Errorf("%w: its scripts were not run, and without them it says nothing", evidence.ErrInvalid)
		}
		return page.HTML(dom, evidence.Charset{Name: "utf-8"})
	}
	switch view := x.Capture.Lead.View; {
	case !k.leads, x.Capture.IsHTML() && view != evidence.SitemapView && view != evidence.FeedView && view != evidence.ProbeView:
		is := x.Capture.Media.Type
		if is == "" { // kept before it was decided at the crawler
			is = media.Decide(x.Capture.Type, x.Capture.Lead.URL, x.Body).Type
		}
		if err := formatted(v, is); err != nil {
			return nil, err
		}
		if v.Read == evidence.ReadKeep {
			return page.Made("", page.TextDecoder), nil
		}
		return s.decode(is, x)
	}
	return page.Made("", page.TextDecoder), nil
}

// formatted holds what came to the format that the view declares, if it does.
func formatted(v evidence.View, is string) error {
	want := strings.Split(v.Format, "|")
	if v.Format == "" || slices.ContainsFunc(want, func(f string) bool { return slices.Contains(evidence.Formats()[f], is) }) {
		return nil
	}
	return fmt.Errorf("%w: the source says %s, and what came is %s 格式与来源声明不符", evidence.ErrInvalid, v.Format, is)
}

// decode makes the page of a body, as what it is (package media) and not as
// what its label says.
func (s Settings) decode(is string, x evidence.Exchange) (*page.Page, error) {
	body, c := x.Body, x.Capture
	switch is {
	case media.HTML, media.XML, media.SVG:
		return page.HTML(body, c.Charset)
	case media.JSON:
		return page.JSON(body, c.Charset)
	case media.XLSX, media.XLS, media.OLE:
		return sheet.Read(body)
	case media.DOCX:
		return docx.Read(body)
	case media.PDF:
		if s.PDF == nil {
			return nil, errors.New("it is a PDF, and nobody was handed over who reads them")
		}
		return s.PDF.Read(body)
	case media.DOC:
		return nil, fmt.Errorf("%w: it is a Word file of before 2007: ask for DOCX or PDF, or save it as one and hand it in", evidence.ErrInvalid)
	case media.Locked:
		return nil, fmt.Errorf("%w: it is locked by a password: ask for it without one", evidence.ErrInvalid)
	}
	if strings.HasPrefix(is, "text/") && is != "text/rtf" {
		return page.Text(body, c.Charset)
	}
	return nil, fmt.Errorf("%w: %s is nothing that can be read: want a web page, CSV, JSON, XLSX, XLS, DOCX or PDF", evidence.ErrInvalid, is)
}
