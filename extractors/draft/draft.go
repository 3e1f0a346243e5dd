// Package draft is what the entry of the room hands to every kind of reader,
// and what it gets back: a reading that is not masked yet.
//
// Readers work on the text as it was published, since keys, identifiers and
// places need it. Nothing leaves the room as a draft: extractors.Read masks
// it, rune for rune, in one place, so that no reader can forget to.
package draft

import (
	"fmt"
	"strings"

	"probity/extractors/page"
	"probity/pipeline/evidence"
)

// An Input is one capture, decoded, with the declaration that says how it is
// read. Readers treat it as read-only.
type Input struct {
	Source  evidence.Source
	View    evidence.View
	Capture evidence.Capture
	Page    *page.Page
}

// A Draft is a reading before masking. Readers leave out what the entry fills
// for all of them: Text, Title, Reader, the Source and View of records, the
// Content, Decoder and text digest of places, PersonKey and every masking.
// Names of natural persons stand in the draft unmasked: in Party.Name where
// Kind is natural, in the Original of citations to fields of kind Person.
type Draft struct {
	evidence.Reading

	// Persons are further names of natural persons that the page states in
	// places that no record keeps, such as a column ignored as personal data.
	// They are masked everywhere in the text.
	Persons []string

	// Hidden are ranges of the text that a declaration calls personal data, in
	// whatever form it stands there. They are blotted out whole.
	Hidden []evidence.Place
}

// Cite notes that field of r stood at runes [start,end) of the page.
func (in Input) Cite(r *evidence.Record, field string, start, end int) {
	r.Citations = append(r.Citations, evidence.Citation{
		Field: field, Place: in.Page.Place(start, end), Original: in.Page.Slice(start, end),
	})
}

// Where names the page and its declaration, for errors.
func (in Input) Where() string {
	return fmt.Sprintf("%s (source %s, view %s)", in.Capture.Lead.URL, in.Source.ID, in.View.Name)
}

// Unlike is the error for a page that is not what its source says: it names
// the page, the problem, and what was found instead, which without found is
// the page's title and the beginning of its text.
func (in Input) Unlike(problem string, found ...string) error {
	said := strings.Join(found, "、")
	if said == "" {
		said = in.glimpse()
	}
	return fmt.Errorf("read %s: %w: the page is not what the source says 页面与来源声明不符: %s; found %s",
		in.Where(), evidence.ErrInvalid, problem, said)
}

// glimpse is enough of a page to know it by.
func (in Input) glimpse() string {
	if in.Page == nil || in.Page.Len() == 0 {
		return "an empty page"
	}
	text := strings.Join(strings.Fields(in.Page.Slice(0, min(60, in.Page.Len()))), " ")
	if in.Page.Title == "" {
		return fmt.Sprintf("text beginning %q", text)
	}
	return fmt.Sprintf("title %q, text beginning %q", in.Page.Title, text)
}
