package pages

import (
	"context"
	"errors"
	"html/template"
	"slices"

	"probity/api/doors"
	"probity/pipeline/evidence"
)

// most is how many facts' records are read for one explanation; the rest is
// a link away.
const most = 80

// A reason is a deduction with the fact and the passages it rests on.
type reason struct {
	evidence.Deduction
	Fact    *row
	Records []statement
}

// A statement is what one record says, and where that stands.
type statement struct {
	Record    string
	Type      string
	Source    string
	First     string // day of the first capture
	Last      string
	Citations []evidence.Citation
	Changed   template.URL // what changed on its page; empty: nothing to compare
	Versions  int
}

// A branch is one indicator of the tree.
type branch struct {
	evidence.IndicatorResult
	Reasons []reason
	Basis   []row
	More    int // basis facts that are not listed
	Looked  []evidence.Look
}

// A bough is one dimension with its indicators.
type bough struct {
	evidence.DimensionResult
	Branches []branch
}

// A limit is a cap on the grade, with the facts that it names.
type limit struct {
	evidence.Cap
	Reasons []reason
}

// why is the tree from the grade to the passage.
func (p *Pages) why(ctx context.Context, a ask) (view, error) {
	d, withheld, elsewhere, err := p.dossier(ctx, a, "/why")
	if err != nil {
		return view{}, err
	}
	if elsewhere != nil {
		return *elsewhere, nil
	}
	t := tree{pages: p, when: a.When, facts: map[string]evidence.Fact{}, looks: map[string]evidence.Look{}, read: map[string][]statement{}, on: d.AsOf}
	for _, f := range d.Facts {
		t.facts[f.ID] = f
	}
	for _, l := range d.Looks {
		t.looks[l.ID] = l
	}
	data := struct {
		D        doors.Dossier
		Card     card
		Name     string
		Withheld int
		Boughs   []bough
		Adjusted []reason
		Limits   []limit
		Shown    []row
	}{D: d, Card: cardOf(d), Name: nameOf(d), Withheld: withheld}
	for _, dim := range d.Evaluation.Dimensions {
		b := bough{DimensionResult: dim}
		for _, i := range d.Evaluation.Indicators {
			if "D"+i.ID[:1] == dim.ID {
				b.Branches = append(b.Branches, t.branch(ctx, i))
			}
		}
		data.Boughs = append(data.Boughs, b)
	}
	data.Adjusted = t.reasons(ctx, d.Evaluation.Adjusted)
	for _, c := range d.Evaluation.Caps {
		l := limit{Cap: c}
		for _, id := range c.Facts {
			l.Reasons = append(l.Reasons, t.reason(ctx, evidence.Deduction{Fact: id}))
		}
		data.Limits = append(data.Limits, l)
	}
	data.Shown = t.rows(d.Evaluation.Shown)
	return view{template: "why.html", title: "为什么：" + data.Name, data: data}, t.err
}

// A tree reads what its leaves need, each once.
type tree struct {
	pages *Pages
	when  doors.When
	facts map[string]evidence.Fact
	looks map[string]evidence.Look
	read  map[string][]statement
	on    evidence.Date
	err   error
}

func (t *tree) branch(ctx context.Context, i evidence.IndicatorResult) branch {
	b := branch{IndicatorResult: i, Reasons: t.reasons(ctx, i.Deductions)}
	shown := i.Basis[:min(len(i.Basis), unfolded)]
	b.Basis, b.More = t.rows(shown), len(i.Basis)-len(shown)
	for _, id := range i.Looks {
		if l, ok := t.looks[id]; ok {
			b.Looked = append(b.Looked, l)
		}
	}
	return b
}

func (t *tree) rows(ids []string) (rows []row) {
	for _, id := range ids {
		if f, ok := t.facts[id]; ok {
			rows = append(rows, row{f, f.State(t.on)})
		}
	}
	return rows
}

func (t *tree) reasons(ctx context.Context, all []evidence.Deduction) (reasons []reason) {
	for _, d := range all {
		reasons = append(reasons, t.reason(ctx, d))
	}
	return reasons
}

func (t *tree) reason(ctx context.Context, d evidence.Deduction) reason {
	r := reason{Deduction: d}
	f, ok := t.facts[d.Fact]
	if !ok {
		return r
	}
	r.Fact = &row{f, f.State(t.on)}
	if _, done := t.read[f.ID]; !done && len(t.read) < most {
		whole, err := t.pages.doors.Evidence.Fact(ctx, f.ID, t.when)
		if err != nil && !errors.Is(err, evidence.ErrNotFound) {
			t.err = err
		}
		t.read[f.ID] = statements(whole.Records)
	}
	r.Records = t.read[f.ID]
	return r
}

// statements are the newest versions of records, with each place once.
func statements(records []doors.Record) (all []statement) {
	for _, r := range records {
		if len(r.Versions) == 0 {
			continue
		}
		v := r.Versions[len(r.Versions)-1]
		s := statement{Record: r.ID, Type: v.Record.Type, Source: v.Record.Source, First: stamp(r.Versions[0].First, "2006-01-02"), Last: stamp(v.Last, "2006-01-02"), Versions: len(r.Versions)}
		s.Changed = between(r.Versions, len(r.Versions)-1)
		seen := map[evidence.Place]bool{}
		for _, c := range v.Citations {
			if !seen[c.Place] {
				seen[c.Place] = true
				s.Citations = append(s.Citations, c)
			}
		}
		// what names the thing comes first: it is what a reader looks for on the page
		slices.SortStableFunc(s.Citations, func(a, b evidence.Citation) int { return weight(a.Field) - weight(b.Field) })
		all = append(all, s)
	}
	return all
}

func weight(field string) int {
	telling := []string{
		"number", "status", "reason", "licence_display", "https_valid", "icp_number", "police_number", "result", "outcome", "stars", "name", "title", "kinds", "amount",
		"balance", "measure", "conduct", "duty", "kind", "topic", "resolved", "date", "listed", "published", "shown_name", "host", "party.identifier", "party.name",
	}
	switch i := slices.Index(telling, field); {
	case i >= 0:
		return i
	case field == "":
		return len(telling) + 1 // the whole row or page: good to have, long to read
	}
	return len(telling)
}
