package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"probity/deploy/world"
	"probity/indexer"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
)

// A DemoReport is what a demo run came to.
type DemoReport struct {
	Seed        int64          `json:"seed"`
	Day         int            `json:"day"`
	Seconds     float64        `json:"seconds"`
	Captures    int            `json:"captures"`
	Records     map[string]int `json:"records"` // by type
	Facts       int            `json:"facts"`
	Entities    int            `json:"entities"`
	Grades      map[string]int `json:"evaluations"`          // by grade
	New         Tally          `json:"new"`                  // what this run added
	Unchanged   bool           `json:"unchanged"`            // it added and changed nothing
	Differences Differences    `json:"differences,omitzero"` // of a run through every source
	Run         Report         `json:"run"`
}

// A Tally counts what the house holds.
type Tally struct {
	Records     int `json:"records"`
	Facts       int `json:"facts"`
	Entities    int `json:"entities"`
	Evaluations int `json:"evaluations"`
	Documents   int `json:"documents"`
}

// most is how many differences are told in words.
const most = 5000

// Differences are what the house knows otherwise than the ground truth.
type Differences struct {
	Count    int      `json:"count"`
	Compared int      `json:"compared"`
	First    []string `json:"first,omitempty"`
}

func (d *Differences) add(format string, args ...any) {
	if d.Count++; len(d.First) < most {
		d.First = append(d.First, fmt.Sprintf(format, args...))
	}
}

func (d *Differences) merge(more Differences) {
	d.Count += more.Count
	d.Compared += more.Compared
	d.First = append(d.First, more.First[:min(len(more.First), most-len(d.First))]...)
}

func (d *Differences) equal(what, got, want string) {
	if d.Compared++; got != want {
		d.add("%s: house %q, truth %q", what, got, want)
	}
}

// count counts what the house holds.
func (h *house) count(ctx context.Context) (Tally, error) {
	var t Tally
	for kind, n := range map[string]*int{
		indexer.RecordDoc: &t.Records, indexer.FactDoc: &t.Facts, indexer.EntityDoc: &t.Entities, indexer.EvaluationDoc: &t.Evaluations,
		indexer.ContentDoc: &t.Documents,
	} {
		err := h.index.Scan(ctx, kind, func(doc indexer.Doc) error {
			if !doc.Gone {
				*n++
			}
			return nil
		})
		if err != nil {
			return t, err
		}
	}
	t.Documents += t.Records + t.Facts + t.Entities + t.Evaluations
	return t, nil
}

func (d *demo) report(ctx context.Context, run Report, before Tally) (DemoReport, error) {
	r := DemoReport{Seed: d.o.seed, Day: d.o.day, Records: map[string]int{}, Grades: map[string]int{}, Run: run, Seconds: d.sh.now().Sub(d.start).Seconds()}
	stats, err := d.house.store.Stats(ctx)
	if err != nil {
		return r, err
	}
	r.Records, r.Facts, r.Entities = stats.RecordsByType, stats.Facts, stats.Entities
	for _, s := range run.Sources {
		r.Captures += s.Asked
	}
	after, err := d.house.count(ctx)
	if err != nil {
		return r, err
	}
	r.New = Tally{
		after.Records - before.Records, after.Facts - before.Facts, after.Entities - before.Entities,
		after.Evaluations - before.Evaluations, after.Documents - before.Documents,
	}
	r.Unchanged = r.New == Tally{} && run.Records.Changed+run.Records.Gone+run.Records.Back+run.FactsDiff+run.FactsGone == 0
	if d.o.campaign != whole {
		return r, nil
	}
	return r, d.compare(ctx, &r)
}

// compare holds what the house knows against the ground truth of the world.
func (d *demo) compare(ctx context.Context, r *DemoReport) error {
	truth := d.world.TruthOn(d.days)
	want := map[string]world.Entity{}
	for _, e := range truth.Entities {
		want[e.Anchor] = e
	}
	facts := map[string][]world.Fact{}
	for _, f := range truth.Facts {
		facts[f.Anchor] = append(facts[f.Anchor], f)
	}
	asOf := evidence.DateOf(d.now())
	for after := ""; ; {
		entities, next, err := d.house.store.Entities(ctx, after, 500)
		if err != nil {
			return err
		}
		if err := d.compareEntities(ctx, r, entities, want, facts, asOf); err != nil {
			return err
		}
		if after = next; after == "" {
			break
		}
	}
	for _, anchor := range sortedKeys(want) {
		r.Differences.add("entity %s (%s): the house has none", anchor, strings.Join(want[anchor].Names, "、"))
	}
	return d.compareLooks(ctx, r, truth)
}

// compareEntities compares side by side and adds up in order.
func (d *demo) compareEntities(
	ctx context.Context, r *DemoReport, entities []evidence.Entity, want map[string]world.Entity, facts map[string][]world.Fact, asOf evidence.Date,
) error {
	parts := make([]DemoReport, len(entities))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, e := range entities {
		parts[i].Grades = map[string]int{}
		anchor := e.Anchor.String()
		t, ok := want[anchor]
		if !ok {
			parts[i].Differences.add("entity %s (%s): the truth has none", anchor, names(e))
			continue
		}
		delete(want, anchor)
		g.Go(func() error { return d.compareEntity(ctx, &parts[i], e, t, facts[anchor], asOf) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, p := range parts {
		r.Differences.merge(p.Differences)
		for grade, n := range p.Grades {
			r.Grades[grade] += n
		}
	}
	return nil
}

func names(e evidence.Entity) string {
	var all []string
	for _, n := range e.Names {
		all = append(all, n.Name)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "、")
}

func (d *demo) compareEntity(ctx context.Context, r *DemoReport, e evidence.Entity, t world.Entity, facts []world.Fact, asOf evidence.Date) error {
	diff, who := &r.Differences, e.Anchor.String()
	diff.equal(who+" names", names(e), strings.Join(t.Names, "、"))
	diff.equal(who+" kind", e.Kind, t.Kind)
	result, in, err := d.house.calculate(ctx, e.ID, asOf, 0)
	if err != nil {
		return err
	}
	r.Grades[result.Grade]++
	diff.equal(who+" area", in.Subject.Area, t.Area)
	diff.equal(who+" grade", result.Grade, t.Expected.Grade)
	diff.equal(who+" score", result.Score, t.Expected.Score)
	diff.equal(who+" coverage", result.Coverage, t.Expected.Coverage)
	diff.equal(who+" reason", result.Reason, t.Expected.Reason)
	for _, i := range result.Indicators {
		w := t.Expected.Indicators[i.ID]
		diff.equal(who+" indicator "+i.ID+" state", i.State, w.State)
		diff.equal(who+" indicator "+i.ID+" points", i.Got, w.Got)
	}
	if _, err := d.house.issues.Last(ctx, e.ID, 0); err != nil {
		diff.add("%s: no evaluation was issued", who)
	}
	compareFacts(diff, who, in.Facts, facts, asOf)
	return nil
}

// thing is the key under which both sides name a fact of an entity: the
// folded number where there is one, else what the publisher tells it apart by.
func thing(typ, number, key string) string {
	if number != "" {
		if _, part, ok := strings.Cut(key, "号|"); ok { // of a notice with several taxes
			return typ + " " + evidence.FoldNumber(number) + "|" + part
		}
		return typ + " " + evidence.FoldNumber(number)
	}
	var parts []string
	for i, p := range strings.Split(strings.ToUpper(strings.TrimPrefix(key, "n:")), "|") {
		scheme, _, id := strings.Cut(p, ":")
		party := id && evidence.Scheme(strings.ToLower(scheme)).Rank() < 99
		if source := i == 0 && p == strings.ToUpper(p) && strings.Count(key, "|") > 1 && !party; !source && !party {
			parts = append(parts, p)
		}
	}
	return typ + " " + strings.Join(parts, "|")
}

// compareFacts holds an entity's facts against the truth's, one for one.
func compareFacts(diff *Differences, who string, got []evidence.Fact, want []world.Fact, asOf evidence.Date) {
	truth := map[string]world.Fact{}
	for _, f := range want {
		truth[thing(f.Type, f.Number, f.Key)] = f
	}
	for _, f := range got {
		key := thing(f.Type, f.Fields["number"], f.Key)
		w, ok := truth[key]
		if !ok {
			diff.add("%s fact %s (%s): the truth has none", who, key, f.Key)
			continue
		}
		delete(truth, key)
		at := who + " fact " + key + " "
		diff.equal(at+"state", f.State(asOf), w.State)
		diff.equal(at+"date", string(f.Date), string(w.Date))
		diff.equal(at+"end", string(f.End), string(w.End))
		fields := maps.Clone(w.Fields)
		for name, value := range f.Fields {
			diff.equal(at+name, value, fields[name])
			delete(fields, name)
		}
		for _, name := range sortedKeys(fields) {
			diff.add("%s%s: the house has none, truth %q", at, name, fields[name])
		}
	}
	for _, key := range sortedKeys(truth) {
		diff.add("%s fact %s: the house has none", who, key)
	}
}

// compareLooks holds the looks of this run against the truth's of the day.
func (d *demo) compareLooks(ctx context.Context, r *DemoReport, truth world.Truth) error {
	want := map[string]string{}
	for _, l := range truth.Looks {
		if l.Day == d.o.day && len(l.Indicators) > 0 {
			want[l.Channel+" "+l.Subject] = says(l.Result, l.Kind, l.Indicators, l.Area, l.MaxAge)
		}
	}
	err := d.house.ledger.Scan(ctx, 1, func(e ledger.Entry) error {
		var l evidence.Look
		if e.Kind != "look" {
			return nil
		}
		if err := json.Unmarshal(e.Body, &l); err != nil || l.Run != r.Run.Run {
			return err
		}
		key := l.Source + " " + first(l.Scope.Subjects)
		r.Differences.equal("look "+key, says(l.Result, l.Kind, l.Indicators, strings.Join(l.Scope.Areas, ","), l.MaxAgeDays), want[key])
		delete(want, key)
		return nil
	})
	for _, key := range sortedKeys(want) {
		r.Differences.add("look %s: the house has none, truth %s", key, want[key])
	}
	compareReading(r)
	return err
}

// says is what a look was worth and what it speaks for.
func says(result, kind string, indicators []string, area string, days int) string {
	return fmt.Sprintf("%s by %s of %v in %q for %d days", result, kind, indicators, area, days)
}

// compareReading demands that every label and row was read: the world shows
// none that its declarations do not name.
func compareReading(r *DemoReport) {
	for _, id := range sortedKeys(r.Run.Sources) {
		s := r.Run.Sources[id]
		for _, label := range sortedKeys(s.Unread) {
			r.Differences.add("source %s: nobody reads %q", id, label)
		}
		r.Differences.equal("source "+id+" rows that could not be read", strconv.Itoa(s.Quarantined), "0")
	}
}
