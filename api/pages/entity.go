package pages

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"probity/api/doors"
	"probity/api/words"
	"probity/pipeline/evidence"
)

// dossier reads what a role may see of an entity; where the id is another
// one's, the view leads there, or to the candidates.
func (p *Pages) dossier(ctx context.Context, a ask, rest string) (doors.Dossier, int, *view, error) {
	id := a.PathValue("id")
	d, err := p.doors.Entities.Dossier(ctx, id, a.When)
	if errors.Is(err, evidence.ErrNotFound) && a.When.Standard == "" {
		found, lost := p.doors.Finder.Find(ctx, id)
		if lost != nil {
			return d, 0, nil, errors.Join(err, lost)
		}
		if found.To == "" {
			v := candidates(id, found)
			return d, 0, &v, nil
		}
		d.Entity.ID, err = found.To, nil
	}
	if err != nil {
		return d, 0, nil, err
	}
	if d.Entity.ID != id {
		return d, 0, &view{location: "/entities/" + url.PathEscape(d.Entity.ID) + rest + string(moment(a.When)), status: http.StatusPermanentRedirect}, nil
	}
	d, withheld := a.Role.Dossier(d, a.Today)
	return d, withheld, nil, nil
}

// candidates asks the reader whom they mean.
func candidates(q string, f doors.Found) view {
	return view{template: "candidates.html", title: "哪一个「" + q + "」？", status: http.StatusMultipleChoices, data: struct {
		Q          string
		Candidates []doors.Candidate
		Contested  bool
	}{q, f.Candidates, f.Contested}}
}

// A row is a fact with its state on the day asked for.
type row struct {
	evidence.Fact
	State string
}

// A class is one class of Article 10 with its facts by type.
type class struct {
	N     string
	Types []ofType
}

// ofType are the facts of one type, newest first; where there are many the
// rest is folded away.
type ofType struct {
	Type       string
	Rows, More []row
}

// unfolded is how many facts of a type are shown at once.
const unfolded = 12

func byClass(facts []evidence.Fact, on evidence.Date) []class {
	classes := []class{{N: "1"}, {N: "2"}, {N: "3"}, {N: "4"}, {N: "5"}}
	for _, t := range evidence.Types() {
		var rows []row
		for _, f := range facts {
			if f.Type == t.Name {
				rows = append(rows, row{f, f.State(on)})
			}
		}
		slices.SortStableFunc(rows, func(x, y row) int { return cmp.Compare(y.Date, x.Date) })
		if len(rows) > 0 {
			n := min(unfolded, len(rows))
			c := &classes[t.Class-1]
			c.Types = append(c.Types, ofType{t.Name, rows[:n], rows[n:]})
		}
	}
	return classes
}

// An event is one line of the timeline.
type event struct {
	Date       evidence.Date
	Text, Note string
	Link       string
	Kind       string // fact, effect, issue, name, end
}

// timeline tells what happened when, newest first.
func timeline(d doors.Dossier, on evidence.Date) []event {
	var all []event
	for _, f := range d.Facts {
		t, _ := evidence.TypeOf(f.Type)
		if t.Shape == evidence.Snapshot || f.Type == "review" || f.Type == "availability" {
			continue // a state of every day is no event
		}
		title := t.Title + " " + words.Name(f.Type, f.Fields, f.Key)
		all = append(all, event{f.Date, title, words.Short(f.Type, f.Fields), "/facts/" + f.ID, "fact"})
		for _, e := range f.Effects {
			all = append(all, event{e.From, title, words.Of("effect", e.Kind).String(), "/facts/" + f.ID, "effect"})
		}
		if f.End != "" {
			note := "结束 ended"
			if f.EndOf != "" {
				note = "结束（推定）ended, date inferred"
			}
			all = append(all, event{f.End, title, note, "/facts/" + f.ID, "end"})
		}
	}
	for _, n := range d.Entity.Names {
		all = append(all, event{n.From, "启用名称 " + n.Name, "name", "", "name"})
	}
	for _, i := range d.Issues {
		text := "评价 " + i.Grade
		if i.Withdrawn {
			text = "评价（已撤回 withdrawn）"
		}
		all = append(all, event{i.Date, text, i.Score, "", "issue"})
	}
	all = slices.DeleteFunc(all, func(e event) bool { return e.Date == "" || e.Date > on })
	slices.SortStableFunc(all, func(x, y event) int { return cmp.Compare(y.Date, x.Date) })
	return all
}

// A card is the grade at a glance.
type card struct {
	doors.Dossier
	State string // of the issue, on the day asked for
}

// entity is the page of one operator.
func (p *Pages) entity(ctx context.Context, a ask) (view, error) {
	d, withheld, elsewhere, err := p.dossier(ctx, a, "")
	if err != nil {
		return view{}, err
	}
	if elsewhere != nil {
		return *elsewhere, nil
	}
	data := struct {
		D        doors.Dossier
		Card     card
		Withheld int
		Classes  []class
		Timeline []event
		Looks    []evidence.Look
		Name     string
	}{D: d, Card: cardOf(d), Withheld: withheld, Classes: byClass(d.Facts, d.AsOf), Timeline: timeline(d, d.AsOf), Looks: slices.Clone(d.Looks), Name: nameOf(d)}
	slices.SortStableFunc(data.Looks, func(x, y evidence.Look) int { return cmp.Or(cmp.Compare(x.Source, y.Source), y.Time.Compare(x.Time)) })
	return view{template: "entity.html", title: data.Name, data: data}, nil
}

func cardOf(d doors.Dossier) card {
	c := card{Dossier: d}
	if d.Issue != nil && d.Issued {
		c.State = d.Issue.State(d.AsOf)
	}
	return c
}

func nameOf(d doors.Dossier) string {
	if d.Subject.Name != "" {
		return d.Subject.Name
	}
	if len(d.Entity.Names) > 0 {
		return d.Entity.Names[0].Name
	}
	return d.Entity.Anchor.Value
}
