package see

import (
	"context"
	"slices"

	"probity/api/doors"
)

// A Citer tells what was read from a passage.
type Citer interface {
	Citing(ctx context.Context, content string, start, end int) ([]doors.Mark, error)
}

// A Hit is what a role may see of a hit.
type Hit struct {
	doors.Hit
	// Fact is the one that the hit is about: the record's own, or of a page
	// the one whose passage holds the words. Nil where it is about none, or
	// about several.
	Fact *doors.FactRef
	// Withheld: all that it states is no longer published, so that nothing
	// else is said of it.
	Withheld bool
}

// Hit returns what a role may see of a hit, and which fact that is about.
func (r Role) Hit(ctx context.Context, c Citer, h doors.Hit) (Hit, error) {
	out := Hit{Hit: h}
	out.Facts = r.facts(h.Facts)
	if h.Kind != "content" {
		if !r.Any(h.Facts) {
			return Hit{Hit: doors.Hit{Kind: h.Kind, ID: h.ID}, Withheld: true}, nil
		}
		if len(out.Facts) > 0 {
			out.Fact = &out.Facts[0]
		}
		return out, nil
	}
	out.Passages = slices.Clone(h.Passages)
	var about []doors.FactRef
	for i, p := range out.Passages {
		if p.Field != "text" {
			continue
		}
		marks, err := c.Citing(ctx, h.Content, p.Start, p.End)
		if err != nil {
			return out, err
		}
		out.Passages[i].Text = r.Part(p.Text, p.Start, marks)
		for _, m := range r.Marks(marks) {
			if pl := m.Citation.Place; slices.ContainsFunc(p.Marks, func(w [2]int) bool { return pl.Start < w[1] && w[0] < pl.End }) {
				about = append(about, r.facts(m.Facts)...)
			}
		}
	}
	if len(about) > 0 && !slices.ContainsFunc(about, func(f doors.FactRef) bool { return f.ID != about[0].ID }) {
		out.Fact = &about[0]
	}
	return out, nil
}

func (r Role) facts(all []doors.FactRef) []doors.FactRef {
	return slices.DeleteFunc(slices.Clone(all), func(f doors.FactRef) bool { return !r.May(FactIn(f.State)) })
}
