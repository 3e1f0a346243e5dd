package doorstest

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"probity/api/doors"
)

// Search looks for the words as they stand, in records, contents and names.
func (h *House) Search(_ context.Context, q doors.Query) (doors.Page, error) {
	if h.Fail != nil {
		return doors.Page{}, h.Fail
	}
	var hits []doors.Hit
	for _, id := range sorted(h.Dossiers) {
		d := h.Dossiers[id]
		hits = add(hits, q, doors.Hit{Kind: "entity", ID: id, Title: d.Entity.Names[0].Name, Entities: []doors.Ref{refOf(d)}}, d.Entity.Names[0].Name)
	}
	for _, id := range sorted(h.Records) {
		r := h.Records[id]
		v := r.Versions[len(r.Versions)-1]
		hit := doors.Hit{
			Kind: "record", ID: id, Title: v.Record.Fields["number"], Type: v.Record.Type, Source: v.Record.Source, Class: 2,
			Entities: r.Entities, Facts: r.Facts, Date: r.Facts[0].Date,
		}
		text := ""
		var textSb30 strings.Builder
		for _, c := range v.Citations {
			hit.Content, hit.Start, hit.End = c.Content, c.Place.Start, c.Place.End
			textSb30.WriteString(c.Original + "\n")
		}
		text += textSb30.String()
		hits = add(hits, q, hit, text)
	}
	for _, id := range sorted(h.Captures) {
		c := h.Captures[id]
		hits = add(hits, q, doors.Hit{Kind: "content", ID: id, Title: c.Title, Source: c.Capture.Lead.Source, Class: 2, Content: id}, c.Text)
	}
	page := doors.Page{Total: len(hits), Facets: map[string][]doors.Count{}}
	for _, facet := range q.Facets {
		page.Facets[facet] = count(hits, facet)
	}
	from, _ := strconv.Atoi(q.Cursor)
	to := min(len(hits), from+q.Size)
	if page.Hits = hits[min(from, len(hits)):to]; to < len(hits) {
		page.Next = strconv.Itoa(to)
	}
	return page, nil
}

func add(hits []doors.Hit, q doors.Query, hit doors.Hit, text string) []doors.Hit {
	if len(q.Kinds) > 0 && !slices.Contains(q.Kinds, hit.Kind) {
		return hits
	}
	for facet, want := range q.Filter {
		if !slices.ContainsFunc(values(hit, facet), func(v string) bool { return slices.Contains(want, v) }) {
			return hits
		}
	}
	if q.From != "" && hit.Date < q.From || q.To != "" && hit.Date > q.To {
		return hits
	}
	runes := []rune(text)
	for word := range strings.FieldsSeq(q.Words) {
		before, _, ok := strings.Cut(text, word)
		if !ok {
			return hits
		}
		start := len([]rune(before))
		end := start + len([]rune(word))
		p := doors.Passage{Field: "text", Start: max(0, start-20), End: min(len(runes), end+40), Marks: [][2]int{{start, end}}}
		p.Text = string(runes[p.Start:p.End])
		hit.Passages = append(hit.Passages, p)
	}
	return append(hits, hit)
}

func values(hit doors.Hit, facet string) (all []string) {
	switch facet {
	case "source":
		return []string{hit.Source}
	case "class":
		return []string{strconv.Itoa(hit.Class)}
	case "type":
		return []string{hit.Type}
	case "entity":
		for _, e := range hit.Entities {
			all = append(all, e.ID)
		}
	case "grade":
		for _, e := range hit.Entities {
			all = append(all, e.Grade)
		}
	}
	return all
}

func count(hits []doors.Hit, facet string) (counts []doors.Count) {
	for _, hit := range hits {
		for _, v := range values(hit, facet) {
			i := slices.IndexFunc(counts, func(c doors.Count) bool { return c.Value == v })
			if i < 0 && v != "" {
				c := doors.Count{Value: v, Docs: 1}
				if facet == "entity" {
					c.Label = hit.Entities[0].Name
				}
				counts = append(counts, c)
			} else if i >= 0 {
				counts[i].Docs++
			}
		}
	}
	return counts
}
