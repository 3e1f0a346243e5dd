package frontiertest

import (
	"errors"
	"fmt"
	"slices"

	"probity/crawler"
	"probity/pipeline/evidence"
)

func controlSentences() map[string]func(*fixture) {
	return map[string]func(*fixture){
		"a paused run waits, others go on, and resumed it goes on":      pauseRun,
		"a paused host waits, also for leads that come later":           pauseHost,
		"a lead held when its run was paused may be settled":            pauseHeld,
		"a killed run leaves dead letters, and later leads become some": killRun,
		"a killed host leaves dead letters, and other hosts go on":      killHost,
		"a lead of a killed run that is given back is a dead letter":    killHeld,
		"a changed gap holds at once, and may be taken back":            setGap,
		"a run that has spent its budget ends":                          budget,
		"requests under way count against the budget":                   budgetHeld,
		"dead letters are listed by pages and come again on demand":     deadLetters,
		"a command about a run nobody knows is refused":                 unknownRun,
		"hosts tell their group, gap, rest and leads":                   hosts,
		"a run that is over is forgotten, an open one is not":           forget,
		"a closed run keeps what it gave up, and takes nothing more":    closed,
	}
}

func pauseRun(f *fixture) {
	f.add("r1", "http://a.example/1", "http://b.example/1")
	f.add("r2", "http://b.example/2")
	f.must(f.Pause(f.t.Context(), crawler.Target{Run: "r1"}, "lunch"))
	f.done(f.claim("http://b.example/2"))
	f.after(21)
	if b := f.nothing(); b.Wait >= 0 {
		f.t.Errorf("wait = %v, want none: time does not end a pause", b.Wait)
	}
	if c := f.counts("r1"); c.State != crawler.Paused || c.Reason != "lunch" {
		f.t.Errorf("counts = %+v", c)
	}
	f.must(f.Resume(f.t.Context(), crawler.Target{Run: "r1"}))
	if b := f.batch(10); len(b.Leases) != 2 {
		f.t.Errorf("claimed %v after the pause", urls(b))
	}
}

func pauseHost(f *fixture) {
	f.add("r", "http://a.example/1", "http://b.example/1")
	f.must(f.Pause(f.t.Context(), crawler.Target{Host: "A.example"}, "asked to"))
	f.claim("http://b.example/1")
	f.add("r", "http://a.example/2")
	f.nothing()
	f.must(f.Resume(f.t.Context(), crawler.Target{Host: "a.example"}))
	f.claim("http://a.example/1")
}

func pauseHeld(f *fixture) {
	f.add("r", "http://a.example/1", "http://a.example/2")
	l := f.claim("http://a.example/1")
	f.must(f.Pause(f.t.Context(), crawler.Target{Run: "r"}, ""))
	f.done(l)
	f.after(21)
	f.nothing()
	f.must(f.Resume(f.t.Context(), crawler.Target{Run: "r"}))
	f.claim("http://a.example/2")
}

func killRun(f *fixture) {
	f.add("r", "http://a.example/1", "http://b.example/1")
	f.add("other", "http://c.example/1")
	f.must(f.Kill(f.t.Context(), crawler.Target{Run: "r"}, "complaint"))
	if a := f.add("r", "http://d.example/1"); a.New != 0 || a.Shut != 1 {
		f.t.Errorf("added %+v", a)
	}
	f.claim("http://c.example/1")
	if c := f.counts("r"); c.State != crawler.Killed || c.Failed["complaint"] != 3 || !c.Empty() {
		f.t.Errorf("counts = %+v", c)
	}
}

func killHost(f *fixture) {
	f.add("r", "http://a.example/1", "http://b.example/1")
	f.must(f.Kill(f.t.Context(), crawler.Target{Host: "a.example"}, ""))
	f.add("r", "http://a.example/2")
	f.claim("http://b.example/1")
	if c := f.counts("r"); c.Failed[crawler.Killed] != 2 {
		f.t.Errorf("counts = %+v", c)
	}
}

func killHeld(f *fixture) {
	f.add("r", "http://a.example/1")
	l := f.claim("http://a.example/1")
	f.must(f.Kill(f.t.Context(), crawler.Target{Run: "r"}, "complaint"))
	f.settle(l, crawler.Outcome{Result: crawler.Returned})
	if c := f.counts("r"); c.Failed["complaint"] != 1 || !c.Empty() {
		f.t.Errorf("counts = %+v", c)
	}
}

func setGap(f *fixture) {
	f.add("r", "http://a.example/1", "http://a.example/2", "http://a.example/3")
	f.done(f.claim("http://a.example/1"))
	f.must(f.SetGap(f.t.Context(), "a.example", f.units(6)))
	f.near("wait", f.nothing().Wait, 60)
	f.after(61)
	f.done(f.claim("http://a.example/2"))
	f.must(f.SetGap(f.t.Context(), "a.example", 0))
	f.near("wait", f.nothing().Wait, 20)
	if err := f.SetGap(f.t.Context(), "a.example", -1); !errors.Is(err, evidence.ErrInvalid) {
		f.t.Errorf("error = %v", err)
	}
}

func budget(f *fixture) {
	f.must(f.SetBudget(f.t.Context(), "r", 2))
	f.add("r", "http://a.example/1", "http://b.example/1", "http://c.example/1", "http://c.example/2")
	for _, l := range f.batch(2).Leases {
		f.done(l)
	}
	f.nothing()
	if c := f.counts("r"); c.State != crawler.Killed || c.Reason != "budget" || c.Failed["budget"] != 2 || c.Done != 2 || !c.Empty() {
		f.t.Errorf("counts = %+v", c)
	}
}

func budgetHeld(f *fixture) {
	f.must(f.SetBudget(f.t.Context(), "r", 2))
	f.add("r", "http://a.example/1", "http://b.example/1", "http://c.example/1")
	b := f.batch(10)
	if len(b.Leases) != 2 {
		f.t.Fatalf("claimed %v with two requests left", urls(b))
	}
	f.nothing()
	f.settle(b.Leases[0], crawler.Outcome{Result: crawler.Refused, Reason: "robots_disallowed"})
	if last := f.batch(10); len(last.Leases) != 1 || slices.Contains(urls(b), last.Leases[0].Lead.URL) {
		f.t.Errorf("claimed %v after %v, want the third", urls(last), urls(b))
	}
}

func deadLetters(f *fixture) {
	f.add("r", "http://a.example/1", "http://b.example/1", "http://c.example/1")
	var order []string
	for i, l := range f.batch(3).Leases {
		order = append(order, l.Lead.URL)
		f.settle(l, crawler.Outcome{Result: crawler.Failed, Reason: fmt.Sprint("reason_", i), Detail: "words", Requests: 1})
	}
	first, cursor, err := f.DeadLetters(f.t.Context(), "r", "", 2)
	f.must(err)
	rest, end, err := f.DeadLetters(f.t.Context(), "r", cursor, 2)
	f.must(err)
	if len(first) != 2 || len(rest) != 1 || cursor == "" || end != "" {
		f.t.Fatalf("pages of %d and %d, cursors %q %q", len(first), len(rest), cursor, end)
	}
	if d := first[1]; d.Reason != "reason_1" || d.Detail != "words" || d.Lead.URL != order[1] || d.Time.IsZero() {
		f.t.Errorf("dead letter = %+v", d)
	}
	n, err := f.Retry(f.t.Context(), "r", first[1].Lead.Key())
	f.must(err)
	f.after(21)
	if l := f.claim(order[1]); n != 1 || l.Attempt != 1 {
		f.t.Errorf("retried %d, attempt %d", n, l.Attempt)
	}
	if n, err := f.Retry(f.t.Context(), "r"); err != nil || n != 2 {
		f.t.Errorf("retried %d of the others: %v", n, err)
	}
}

func unknownRun(f *fixture) {
	if err := f.Pause(f.t.Context(), crawler.Target{Run: "nobody"}, ""); !errors.Is(err, evidence.ErrNotFound) {
		f.t.Errorf("error = %v, want not found", err)
	}
	if err := f.Kill(f.t.Context(), crawler.Target{}, ""); !errors.Is(err, evidence.ErrInvalid) {
		f.t.Errorf("error = %v, want invalid", err)
	}
	if _, err := f.Counts(f.t.Context(), "nobody"); !errors.Is(err, evidence.ErrNotFound) {
		f.t.Errorf("error = %v, want not found", err)
	}
}

func hosts(f *fixture) {
	f.addWith("r", evidence.Manners{Group: "g", Gap: f.units(3)}, "http://a.example/1", "http://a.example/2", "http://b.example/1")
	f.settle(f.claim("http://a.example/1"), f.busy(0))
	hs, err := f.Hosts(f.t.Context())
	f.must(err)
	if len(hs) != 2 || hs[0].Host != "a.example" || hs[0].Group != "g" || hs[0].Gap != f.units(3) || hs[0].Rests.IsZero() || hs[0].Open != 2 || hs[1].Open != 1 {
		f.t.Errorf("hosts = %+v", hs)
	}
	f.add("r", "http://c.example/1")
	f.must(f.Pause(f.t.Context(), crawler.Target{Host: "d.example"}, "asked to"))
	for name, want := range map[string]crawler.HostState{
		"b.example": {Host: "b.example", Group: "g", Open: 1, State: crawler.Running}, "C.example": {Host: "c.example", Group: "c.example", Open: 1, State: crawler.Running},
		"d.example": {Host: "d.example", Group: "d.example", State: crawler.Paused},
	} {
		hs, err := f.Hosts(f.t.Context(), name)
		f.must(err)
		if len(hs) != 1 || hs[0].Host != want.Host || hs[0].Group != want.Group || hs[0].Open != want.Open || hs[0].State != want.State {
			f.t.Errorf("%s: %+v", name, hs)
		}
	}
	for _, name := range []string{"g", "nobody.example"} {
		if hs, err := f.Hosts(f.t.Context(), name); err != nil || len(hs) != 0 {
			f.t.Errorf("%s: %+v, %v", name, hs, err)
		}
	}
	if hs, err := f.Hosts(f.t.Context(), "nobody.example", "a.example", "d.example"); err != nil || len(hs) != 2 || hs[0].Host != "a.example" {
		f.t.Errorf("two of three: %+v, %v", hs, err)
	}
}

func closed(f *fixture) {
	f.add("r", "http://a.example/1", "http://a.example/2")
	f.must(f.SetBudget(f.t.Context(), "r", 100))
	if err := f.Close(f.t.Context(), "r"); !errors.Is(err, evidence.ErrConflict) {
		f.t.Errorf("closed an open run: %v", err)
	}
	f.done(f.claim("http://a.example/1"))
	f.add("r", "http://b.example/1")
	f.settle(f.claim("http://b.example/1"), crawler.Outcome{Result: crawler.Failed, Reason: "http_500", Detail: "broken", Requests: 1})
	f.after(21)
	f.settle(f.claim("http://a.example/2"), crawler.Outcome{Result: crawler.Refused, Reason: "robots_disallowed"})
	before := f.counts("r")
	for range 2 {
		f.must(f.Close(f.t.Context(), "r"))
	}
	f.must(f.Close(f.t.Context(), "nobody"))
	if a := f.add("r", "http://a.example/1", "http://c.example/new"); a.New+a.Shut != 0 || a.Seen != 2 {
		f.t.Errorf("a closed run took leads: %+v", a)
	}
	if n, err := f.Again(f.t.Context(), "r", evidence.Manners{}, f.leads("http://a.example/1")...); err != nil || n != 0 {
		f.t.Errorf("a closed run opened %d again: %v", n, err)
	}
	run := crawler.Target{Run: "r"}
	_, retry := f.Retry(f.t.Context(), "r")
	for name, err := range map[string]error{
		"pause": f.Pause(f.t.Context(), run, ""), "resume": f.Resume(f.t.Context(), run), "kill": f.Kill(f.t.Context(), run, ""),
		"budget": f.SetBudget(f.t.Context(), "r", 5), "retry": retry,
	} {
		if !errors.Is(err, evidence.ErrConflict) {
			f.t.Errorf("%s of a closed run: %v, want a conflict", name, err)
		}
	}
	f.nothing()
	after := f.counts("r")
	if after.State != crawler.Closed || after.Done != before.Done || after.Failed["http_500"] != 1 || after.Refused["robots_disallowed"] != 1 || !after.Empty() {
		f.t.Errorf("counts = %+v, before %+v", after, before)
	}
	letters, _, err := f.DeadLetters(f.t.Context(), "r", "", 10)
	if err != nil || len(letters) != 1 || letters[0].Lead.URL != "http://b.example/1" || letters[0].Detail != "broken" {
		f.t.Errorf("dead letters = %+v, %v", letters, err)
	}
	f.must(f.Forget(f.t.Context(), "r"))
	if _, err := f.Counts(f.t.Context(), "r"); !errors.Is(err, evidence.ErrNotFound) {
		f.t.Errorf("a forgotten run is known: %v", err)
	}
}

func forget(f *fixture) {
	f.add("r", "http://a.example/1")
	if err := f.Forget(f.t.Context(), "r"); !errors.Is(err, evidence.ErrConflict) {
		f.t.Errorf("forgot an open run: %v", err)
	}
	f.done(f.claim("http://a.example/1"))
	if a, err := f.Alarm(f.t.Context()); err != nil || len(a.Blown) > 0 {
		f.t.Errorf("alarm = %+v, %v", a, err)
	}
	f.must(f.Forget(f.t.Context(), "r"))
	f.must(f.Forget(f.t.Context(), "r"))
	if a := f.add("r", "http://a.example/1"); a.New != 1 {
		f.t.Errorf("added %+v", a)
	}
}
