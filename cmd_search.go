package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"probity/api/doors"
	"probity/api/words"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// doSearch finds documents that contain all the words, and shows where.
func doSearch(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("search", &c)
	filters := map[string]*list{}
	for name, usage := range map[string]string{
		"source": "only of this source", "type": "only of this record type", "class": "only of this class of Article 10, 1 to 5",
		"entity": "only about this entity id", "grade": "only about operators of this grade",
	} {
		filters[name] = &list{}
		w.Var(filters[name], name, usage+"; may be repeated")
	}
	var kinds list
	w.Var(&kinds, "kind", "only content, record, fact, entity or evaluation; may be repeated")
	from := w.String("from", "", "only from this `date` on")
	to := w.String("to", "", "only to this `date`")
	size := w.Int("size", 20, "hits a page, 1 to 100")
	cursor := w.String("cursor", "", "the next page, as the last one printed it")
	phrases, err := w.arguments(sh, args, 1, -1, "WORDS [-source S] [-type T] [-class N] [-kind K] [-from DATE] [-to DATE] [-json]")
	if err != nil {
		return err
	}
	q := doors.Query{Words: strings.Join(phrases, " "), Kinds: kinds, Filter: map[string][]string{}, Size: *size, Cursor: *cursor, Facets: []string{"source", "type"}}
	for name, values := range filters {
		if len(*values) > 0 {
			q.Filter[name] = *values
		}
	}
	if q.From, err = date(*from); err != nil {
		return err
	}
	if q.To, err = date(*to); err != nil {
		return err
	}
	for _, k := range kinds {
		if known := []string{"content", "record", "fact", "entity", "evaluation"}; !slices.Contains(known, k) {
			return invalid("-kind %q: want one of %s", k, strings.Join(known, ", "))
		}
	}
	return with(ctx, sh, c, datadir.Command, func(h *house) error {
		page, err := finder{h}.Search(ctx, q)
		if err != nil {
			return err
		}
		if w.json {
			return printJSON(sh.out, found(page))
		}
		return printHits(sh, page)
	})
}

// found is a page of hits as programs read it.
func found(page doors.Page) any {
	type hit struct {
		Kind     string          `json:"kind"`
		ID       string          `json:"id"`
		Title    string          `json:"title"`
		Date     evidence.Date   `json:"date,omitempty"`
		Type     string          `json:"type,omitempty"`
		Source   string          `json:"source,omitempty"`
		Entities []doors.Ref     `json:"entities,omitempty"`
		Facts    []doors.FactRef `json:"facts,omitempty"`
		Passages []doors.Passage `json:"passages,omitempty"`
		Content  string          `json:"content,omitempty"`
	}
	hits := []hit{}
	for _, h := range page.Hits {
		hits = append(hits, hit{h.Kind, h.ID, h.Title, h.Date, h.Type, h.Source, h.Entities, h.Facts, h.Passages, h.Content})
	}
	return struct {
		Total  int                      `json:"total"`
		Hits   []hit                    `json:"hits"`
		Facets map[string][]doors.Count `json:"facets,omitempty"`
		Next   string                   `json:"next,omitempty"`
	}{page.Total, hits, page.Facets, page.Next}
}

func printHits(sh shell, page doors.Page) error {
	p := printer{w: sh.out}
	p.line("命中 %d 件 documents found", page.Total)
	for _, h := range page.Hits {
		p.line("▪ %s  %s  %s  %s", words.Of("doc", h.Kind), h.Date, or(h.Title, h.ID), strings.TrimSpace(h.Source+" "+h.Type))
		for _, e := range h.Entities {
			p.line("    主体 entity: %s %s  %s", e.Name, e.Grade, e.ID)
		}
		for i, passage := range h.Passages {
			if i == 3 {
				p.line("    …另有 and %d 处 passages more", len(h.Passages)-i)
				break
			}
			p.line("    %s", marked(passage))
		}
	}
	if page.Next != "" {
		p.line("下一页 next page: -cursor %s", page.Next)
	}
	return p.err
}

// marked writes a passage with its marks in ⟦brackets⟧, on one line.
func marked(p doors.Passage) string {
	var b strings.Builder
	runes, at := []rune(p.Text), 0
	for _, m := range p.Marks {
		start, end := max(at, m[0]-p.Start), min(len(runes), m[1]-p.Start)
		if start >= end {
			continue
		}
		b.WriteString(string(runes[at:start]) + "⟦" + string(runes[start:end]) + "⟧")
		at = end
	}
	b.WriteString(string(runes[at:]))
	return strings.Join(strings.Fields(b.String()), " ")
}

// candidate is somebody whom a text may mean, as programs read it.
func candidates(sh shell, asJSON bool, text string, found doors.Found) error {
	if asJSON {
		line, err := json.Marshal(map[string]any{"asked": text, "contested": found.Contested, "candidates": found.Candidates})
		if err != nil {
			return err
		}
		p := printer{w: sh.out}
		p.line("%s", line)
		return p.err
	}
	p := printer{w: sh.out}
	p.line("「%s」可能指下列 %d 个主体，请以代码指明 it may mean one of these: name one by its code", text, len(found.Candidates))
	for _, c := range found.Candidates {
		p.line("▪ %s  %s %s  %s  %s %s", c.Name, words.Of("scheme", string(c.Anchor.Scheme)).Zh, c.Anchor.Value, words.Of("kind", c.Kind).Zh, c.Area, c.Grade)
		p.line("    理由 why: %s", c.Reason)
	}
	return p.err
}
