package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"probity/api/doors"
	"probity/indexer"
	"probity/pipeline/evidence"
)

// behind are the api's doors, with the house behind them.
func (h *house) doors(c *conductor) doors.Doors {
	return doors.Doors{Finder: finder{h}, Entities: registry{h}, Evidence: proofs{h}, Vault: vault{h}, Campaigns: c, Published: published{h}, Operations: c, Visited: visited{h}}
}

// position turns an instant into a position of the ledger; 0 is now.
func (h *house) position(at time.Time) (int64, error) {
	if at.IsZero() {
		return 0, nil
	}
	if n := h.ledger.At(at); n > 0 {
		return n, nil
	}
	return 0, saying(evidence.ErrNotFound, "那时账本还是空的 nothing was in the ledger by then: known_at %s. 换一个更晚的时刻 ask for a later instant", at.Format(time.RFC3339))
}

// finder is the door to finding.
type finder struct{ *house }

// Find implements doors.Finder.
func (f finder) Find(ctx context.Context, text string) (doors.Found, error) {
	found, err := f.store.Find(ctx, text)
	if err != nil {
		return doors.Found{}, noEntity().or(err, text)
	}
	out := doors.Found{To: found.To, Moved: found.Moved, Contested: found.Contested}
	for _, c := range found.Candidates {
		grade, err := f.gradeOf(ctx, map[string]string{}, c.ID)
		if err != nil {
			return out, err
		}
		out.Candidates = append(out.Candidates, doors.Candidate{ID: c.ID, Name: c.Name, Anchor: c.Anchor, Kind: c.Kind, Area: c.Area, Grade: grade, Reason: c.Reason})
	}
	return out, nil
}

// Search implements doors.Finder.
func (f finder) Search(ctx context.Context, q doors.Query) (doors.Page, error) {
	query := indexer.Query{
		Words: q.Words, Kinds: q.Kinds, Filter: q.Filter, From: string(q.From), To: string(q.To), Facets: q.Facets, Size: q.Size, Cursor: q.Cursor,
	}
	if q.Oldest {
		query.Sort = "oldest"
	}
	page, err := f.index.Search(ctx, query)
	if err != nil {
		return doors.Page{}, err
	}
	out := doors.Page{Total: page.Total, Next: page.Next, Facets: map[string][]doors.Count{}}
	n := f.naming()
	for facet, counts := range page.Facets {
		for i, c := range counts {
			count := doors.Count{Value: c.Value, Docs: c.Docs}
			if facet == indexer.FacetEntity && (i < labelled || slices.Contains(q.Filter[facet], c.Value)) {
				if e, err := n.entity(ctx, c.Value); err == nil {
					count.Label = called(e, evidence.DateOf(f.now()))
				}
			}
			out.Facets[facet] = append(out.Facets[facet], count)
		}
	}
	for _, hit := range page.Hits {
		h, err := f.hit(ctx, n, hit)
		if err != nil {
			return out, err
		}
		out.Hits = append(out.Hits, h)
	}
	return out, nil
}

// labelled is how many of the most frequent entities of a search are named; a
// page shows a dozen, and there may be thousands.
const labelled = 30

func (f finder) hit(ctx context.Context, n *naming, hit indexer.Hit) (out doors.Hit, err error) {
	d := hit.Doc
	out = doors.Hit{
		Kind: d.Kind, ID: d.ID, Title: d.Title, Date: evidence.Date(d.Date), Type: first(d.Facets[indexer.FacetType]), Source: first(d.Facets[indexer.FacetSource]),
		Provisional: slices.Contains(d.Facets[indexer.FacetState], "provisional"),
	}
	out.Class, _ = strconv.Atoi(first(d.Facets[indexer.FacetClass]))
	for _, p := range hit.Passages {
		out.Passages = append(out.Passages, doors.Passage(p))
	}
	if out.Entities, err = n.refs(ctx, d.Facets[indexer.FacetEntity][:min(5, len(d.Facets[indexer.FacetEntity]))]); err != nil {
		return out, err
	}
	if out.Facts, err = n.factRefs(ctx, d.Facets[indexer.FacetFact], 5); err != nil {
		return out, err
	}
	switch d.Kind {
	case indexer.ContentDoc:
		out.Content = d.ID
		for _, p := range out.Passages {
			if p.Field == "text" {
				out.Start, out.End = p.Marks[0][0], p.Marks[0][1]
				break
			}
		}
	case indexer.RecordDoc:
		seen, err := f.store.Record(ctx, d.ID)
		if errors.Is(err, evidence.ErrNotFound) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		for _, v := range seen.Versions {
			if len(v.Citations) > 0 {
				c := v.Citations[0]
				out.Content, out.Start, out.End = c.Content, c.Place.Start, c.Place.End
			}
		}
	case indexer.FactDoc:
		out.Facts, err = n.factRefs(ctx, []string{d.ID}, 1)
	}
	return out, err
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// published is the door to what the house says of itself.
type published struct{ *house }

// Sources implements doors.Published.
func (p published) Sources(ctx context.Context) ([]doors.Source, error) {
	runs, err := p.runs.All(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[string]doors.Source{}
	for _, run := range runs {
		var r Report
		if err := p.runs.Report(ctx, run.ID, &r); errors.Is(err, evidence.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		for id, s := range r.Sources {
			if seen[id].Looked.Before(r.Closed) {
				seen[id] = doors.Source{Looked: r.Closed, Result: s.Result, Reason: s.Reason}
			}
		}
	}
	var out []doors.Source
	for _, id := range sortedKeys(p.set.Sources) {
		s := seen[id]
		s.Source = p.set.Sources[id]
		out = append(out, s)
	}
	return out, nil
}

// Standard implements doors.Published.
func (p published) Standard(_ context.Context, id string) (doors.Standard, error) {
	if id != "" && id != p.standard.Name() {
		return doors.Standard{}, p.noStandard(id)
	}
	return doors.Standard{ID: p.standard.Name(), Digest: p.standard.Digest(), Body: p.standardFile, Tables: p.tables.Digests()}, nil
}

// Stats implements doors.Published.
func (p published) Stats(ctx context.Context) (doors.Stats, error) {
	s, err := p.store.Stats(ctx)
	if err != nil {
		return doors.Stats{}, err
	}
	out := doors.Stats{
		Records: s.Records, Facts: s.Facts, Entities: s.Entities, Looks: s.Looks, Mentions: s.Mentions, Held: s.Held, Quarantined: s.Quarantined,
		RecordsByType: s.RecordsByType, FactsByType: s.FactsByType, Grades: map[string]int{},
	}
	if out.Captures, err = p.runs.Read(ctx); err != nil {
		return out, err
	}
	grades, err := p.index.Search(ctx, indexer.Query{Kinds: []string{indexer.EntityDoc}, Facets: []string{indexer.FacetGrade}, Size: 1})
	if err != nil {
		return out, err
	}
	for _, c := range grades.Facets[indexer.FacetGrade] {
		out.Grades[c.Value] = c.Docs
	}
	if out.Evaluations, err = p.issues.Count(ctx); err != nil {
		return out, err
	}
	head, err := p.ledger.Head()
	out.Position = head.Size
	return out, err
}
