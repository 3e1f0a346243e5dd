package extractors

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"probity/extractors/draft"
	"probity/extractors/mask"
	"probity/extractors/norm"
	"probity/extractors/page"
	"probity/pipeline/evidence"
)

// finish masks a draft and fills what is the same for every kind of page. It
// is the only way out of the room.
func finish(s Settings, in draft.Input, k kind, d draft.Draft) evidence.Reading {
	f := &finisher{settings: s, in: in, persons: map[string]bool{}, types: vocabularyOf(d.Records)}
	f.gather(d)
	out := d.Reading
	out.Reader = reader(k)
	out.Title = f.mask.Text(or(out.Title, in.Page.Title))
	f.text = []rune(f.maskedText(d.Hidden))
	out.Text, out.Leaves = string(f.text), in.Page.Leaves
	out.Records = slices.Clone(out.Records)
	for i := range out.Records {
		f.record(&out.Records[i])
	}
	for i := range out.Quarantined {
		f.quarantine(&out.Quarantined[i])
	}
	for i := range out.Leads {
		if about := out.Leads[i].About; about != nil {
			party := f.party(*about)
			out.Leads[i].About = &party
		}
	}
	unread := map[string]int{}
	for label, n := range out.Unread {
		unread[f.mask.Text(label)] += n
	}
	if out.Unread = unread; len(unread) == 0 {
		out.Unread = nil
	}
	return out
}

// A finisher masks one draft.
type finisher struct {
	settings Settings
	in       draft.Input
	mask     *mask.Masker
	persons  map[string]bool // folded names of natural persons on the page
	types    vocabulary
	text     []rune // masked
}

// A vocabulary holds the record types of one reading, since to list them all
// for every record would be most of the work.
type vocabulary map[string]evidence.RecordType

func vocabularyOf(records []evidence.Record) vocabulary {
	v := vocabulary{}
	for _, r := range records {
		if _, ok := v[r.Type]; !ok {
			if typ, ok := evidence.TypeOf(r.Type); ok {
				v[r.Type] = typ
			}
		}
	}
	return v
}

// gather finds every natural person that the draft names, and the names of
// operators that are published even where they hold a person's. An operator
// that bears no other name than its owner's keeps it in the record, since the
// register publishes it, but not in the text, where it means the owner.
func (f *finisher) gather(d draft.Draft) {
	g := &gatherer{persons: f.persons, types: f.types}
	for _, name := range slices.Concat(d.Persons, mask.Spoken(f.in.Page.Text), mask.Spoken(f.in.Page.Title)) {
		g.person(name)
	}
	for _, r := range d.Records {
		g.record(r)
	}
	f.mask = mask.New(g.names, g.keep)
}

// A gatherer collects names before anything is masked.
type gatherer struct {
	names, keep []string
	persons     map[string]bool
	types       vocabulary
}

func (g *gatherer) person(name string) {
	name = strings.TrimSpace(name)
	if len([]rune(name)) > 1 && len(name) <= 200 && !norm.IsOrganisation(name) {
		g.names = append(g.names, name, norm.Text(name))
		g.persons[evidence.FoldNumber(name)] = true
	}
}

func (g *gatherer) record(r evidence.Record) {
	for _, p := range r.Parties {
		switch {
		case p.Kind == "natural" && p.PersonKey == "":
			g.person(p.Name)
		case p.Kind != "natural" && !mask.Natural(p.Name):
			g.keep = append(g.keep, p.Name)
		}
	}
	for _, name := range publishedNames() {
		g.keep = append(g.keep, r.Fields[name])
	}
	for _, c := range r.Citations {
		if field, ok := g.types[r.Type].Field(c.Field); ok && field.Kind == evidence.Person {
			g.person(c.Original)
		}
	}
}

// publishedNames are fields that name authorities, courts and operators.
func publishedNames() []string {
	return []string{"authority", "court", "registrar", "target_authority", "platform", "shop_name", "parent", "shown_name", "address", "shown_address"}
}

// prose are fields of free text, in which persons may be named. In all other
// text only what is personal by its form is hidden, since facts are joined and
// compared by them.
func prose() []string {
	return []string{"facts", "content", "reason", "removal_reason", "conduct", "text", "title", "topic", "duty", "performance", "measure"}
}

// identifying are fields that hold numbers and addresses of things.
func identifying() []string {
	return []string{"shop_id", "review_id", "host", "domain", "url", "shown_uscc", "batch", "predecessor"}
}

// maskedText masks the page's text, what a declaration calls personal, and
// strings of JSON whose escapes hide what they say.
func (f *finisher) maskedText(hidden []evidence.Place) string {
	runes := []rune(f.mask.Text(f.in.Page.Text))
	for _, h := range hidden {
		blot(runes, h.Start, h.End)
	}
	f.escaped(runes, f.in.Page.JSON)
	return string(runes)
}

func (f *finisher) escaped(runes []rune, v *page.Value) {
	if v == nil {
		return
	}
	if v.Escaped && f.mask.Text(v.Text) != v.Text {
		blot(runes, v.Start, v.End)
	}
	for _, c := range v.Values {
		f.escaped(runes, c)
	}
}

// blot hides all but white space.
func blot(runes []rune, start, end int) {
	for i := max(0, start); i < min(end, len(runes)); i++ {
		if !unicode.IsSpace(runes[i]) {
			runes[i] = '*'
		}
	}
}

func (f *finisher) record(r *evidence.Record) {
	r.Source, r.View = f.in.Source.ID, f.in.View.Name
	typ := f.types[r.Type]
	r.Key = f.key(r.Key)
	fields := make(map[string]string, len(r.Fields))
	for name, value := range r.Fields {
		field, _ := typ.Field(name)
		fields[name] = f.field(field, value)
	}
	r.Fields = fields
	marks := make(map[string]string, len(r.Marks))
	for name, mark := range r.Marks {
		marks[name] = f.mask.Text(mark)
	}
	if r.Marks = marks; len(marks) == 0 {
		r.Marks = nil
	}
	parties := make([]evidence.Party, len(r.Parties))
	for i, p := range r.Parties {
		parties[i] = f.party(p)
	}
	r.Parties = parties
	citations := make([]evidence.Citation, 0, max(1, len(r.Citations)))
	for _, c := range r.Citations {
		citations = append(citations, f.citation(c))
	}
	if len(citations) == 0 { // what only the exchange says: a site that is not there
		citations = append(citations, f.citation(evidence.Citation{}))
	}
	r.Citations = citations
}

func (f *finisher) field(field evidence.Field, value string) string {
	switch {
	case field.Kind == evidence.Person:
		return norm.Person(mask.Forms(value))
	case field.Kind != evidence.Text && field.Kind != evidence.List || slices.Contains(identifying(), field.Name):
		return value
	case slices.Contains(prose(), field.Name):
		return f.mask.Text(value)
	}
	return mask.Forms(value)
}

// party masks a natural person and keeps the keyed hash of the name.
func (f *finisher) party(p evidence.Party) evidence.Party {
	if p.Kind == "natural" && p.PersonKey == "" && p.Name != "" {
		p.PersonKey = mask.PersonKey(f.settings.PersonKey, p.Name)
		p.Name = norm.Person(p.Name)
	}
	p.Name = mask.Forms(p.Name)
	unchecked := slices.Clone(p.Unchecked)
	for i, u := range unchecked {
		unchecked[i] = f.mask.Text(u)
	}
	p.Unchecked = unchecked
	return p
}

// key puts keyed hashes where a natural key names a person or holds personal
// data, so that masking makes no two of them one.
func (f *finisher) key(key string) string {
	parts := strings.Split(key, "|")
	for i, part := range parts {
		each := strings.Split(part, "+") // several parties
		for j, p := range each {
			switch {
			case f.persons[p]:
				each[j] = mask.PersonKey(f.settings.PersonKey, p)
			case mask.Forms(p) != p:
				h := hmac.New(sha256.New, f.settings.PersonKey)
				h.Write([]byte(p))
				each[j] = hex.EncodeToString(h.Sum(nil))
			}
		}
		parts[i] = strings.Join(each, "+")
	}
	return strings.Join(parts, "|")
}

// citation fills the place; the original is the masked text at the place, so
// that what is shown and what is highlighted are one.
func (f *finisher) citation(c evidence.Citation) evidence.Citation {
	c.Content = f.in.Capture.Content
	c.Place = f.place(c.Place)
	if c.Place.End > c.Place.Start {
		c.Original = string(f.text[c.Place.Start:c.Place.End])
	} else {
		c.Original = f.mask.Text(c.Original)
	}
	return c
}

func (f *finisher) place(p evidence.Place) evidence.Place {
	p.End = max(0, min(p.End, len(f.text)))
	p.Start = max(0, min(p.Start, p.End))
	p.Page = f.in.Page.Leaf(p.Start)
	p.Decoder, p.Text = f.in.Page.Decoder, f.in.Page.Digest
	return p
}

func (f *finisher) quarantine(q *evidence.Quarantine) {
	q.Place = f.place(q.Place)
	q.Reason = f.mask.Text(q.Reason)
	q.Text = string(f.text[q.Place.Start:q.Place.End])
	names := slices.Clone(q.Names)
	for i, n := range names {
		if f.persons[n] || f.persons[evidence.FoldNumber(n)] {
			names[i] = mask.PersonKey(f.settings.PersonKey, n)
		}
	}
	slices.Sort(names)
	q.Names = slices.Compact(names)
}
