package frontiertest

import (
	"errors"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
)

func orderSentences() map[string]func(*fixture) {
	return map[string]func(*fixture){
		"an order is in force until another about the same, and each has a version": orderVersions,
		"an order that nobody answers for is refused":                               orderRefused,
		"a host that asks for a longer gap by its slowness gets it and shows it":    slowHost,
	}
}

func orderVersions(f *fixture) {
	ctx := f.t.Context()
	all, none, err := f.InForce(ctx, -1)
	f.must(err)
	if len(all) != 0 || none != 0 {
		f.t.Fatalf("in force at first: %+v, version %d", all, none)
	}
	first, err := f.Order(ctx, crawler.Order{About: crawler.AboutSource("s"), Gap: f.units(5), Who: "me", Why: "asked to"})
	f.must(err)
	second, err := f.Order(ctx, crawler.Order{About: crawler.AboutCampaign("c"), Budget: &crawler.Budget{Requests: 7}, Who: "me", Why: "enough"})
	f.must(err)
	third, err := f.Order(ctx, crawler.Order{About: crawler.AboutSource("s"), Killed: true, Who: "you", Why: "complaint"})
	f.must(err)
	if first >= second || second >= third {
		f.t.Errorf("versions %d %d %d", first, second, third)
	}
	all, version, err := f.InForce(ctx, first)
	f.must(err)
	s, c := all["source:s"], all["campaign:c"]
	if version != third || len(all) != 2 || !s.Killed || s.Gap != 0 || s.Who != "you" || s.Why != "complaint" || s.Version != third || s.At.IsZero() {
		f.t.Errorf("version %d: %+v", version, all)
	}
	if c.Budget == nil || c.Budget.Requests != 7 || c.Version != second {
		f.t.Errorf("campaign: %+v", c)
	}
	given, err := f.Given(ctx, first, 10)
	f.must(err)
	if len(given) != 2 || given[0].Version != second || given[1].Version != third || given[1].Why != "complaint" {
		f.t.Errorf("given after %d: %+v", first, given)
	}
	if all, again, err := f.InForce(ctx, third); err != nil || again != third || len(all) != 0 {
		f.t.Errorf("unchanged: %+v, version %d, %v", all, again, err)
	}
}

func orderRefused(f *fixture) {
	for _, o := range []crawler.Order{
		{About: "source:s", Killed: true, Who: "me"},
		{About: "source:s", Killed: true, Why: "so"},
		{About: "s", Who: "me", Why: "so"},
		{About: "source:s", Gap: -1, Who: "me", Why: "so"},
		{About: "campaign:c", Killed: true, Who: "me", Why: "so"},
		{About: "campaign:c", Paused: true, Who: "me", Why: "so"},
		{About: "source:s", Paused: true, Who: "me", Why: "so"},
		{About: "host:h", Killed: true, Who: "me", Why: "so"},
		{About: "host:h", Budget: &crawler.Budget{Requests: 1}, Who: "me", Why: "so"},
	} {
		if _, err := f.Order(f.t.Context(), o); !errors.Is(err, evidence.ErrInvalid) {
			f.t.Errorf("%+v: %v", o, err)
		}
	}
}

func slowHost(f *fixture) {
	f.addWith("r", evidence.Manners{Gap: f.units(2)}, "http://a.example/1", "http://a.example/2", "http://a.example/3")
	before := f.claim("http://a.example/1")
	f.settle(before, crawler.Outcome{Result: crawler.Done, Requests: 1, Delay: f.units(6)})
	hs, err := f.Hosts(f.t.Context())
	f.must(err)
	if len(hs) != 1 || hs[0].Delay != f.units(6) || hs[0].Gap != f.units(6) || hs[0].Ended.IsZero() {
		f.t.Fatalf("hosts = %+v", hs)
	}
	if wait := hs[0].Next.Sub(hs[0].Ended); wait < f.units(6)-time.Millisecond || wait > f.units(6)+time.Millisecond {
		f.t.Errorf("next visit %s after the last answer, want %s", wait, f.units(6))
	}
	f.after(45)
	f.nothing()
	f.after(16)
	f.done(f.claim("http://a.example/2"))
	f.after(21)
	f.claim("http://a.example/3")
}
