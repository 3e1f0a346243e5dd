package frontiertest

import (
	"slices"
	"sync"
	"time"

	"probity/crawler"
	"probity/crawler/traps"
)

func purseSentences() map[string]func(*fixture) {
	return map[string]func(*fixture){
		"what is spent adds up, for each spender and run by itself": spending,
		"what many spend at once is all counted":                    spendingAtOnce,
		"a closed or forgotten run has spent nothing":               spentAndClosed,
	}
}

func (f *fixture) spent(of ...traps.Spender) []traps.Spent {
	f.t.Helper()
	out, err := f.Spent(f.t.Context(), of...)
	f.must(err)
	return out
}

func spenders(run string) []traps.Spender {
	return []traps.Spender{{Kind: "source", Name: "s", Run: run}, {Kind: "host", Name: "s a.example", Run: run}}
}

func spending(f *fixture) {
	r, other := spenders("r"), spenders("other")
	if got := f.spent(r...); !slices.Equal(got, make([]traps.Spent, 2)) {
		f.t.Errorf("spent at first: %+v", got)
	}
	f.must(f.Spend(f.t.Context(), traps.Spent{Requests: 2, Bytes: 5_000_000_000, Time: 90 * time.Second}, r...))
	f.must(f.Spend(f.t.Context(), traps.Spent{Requests: 1, Time: time.Millisecond}, r[0]))
	f.must(f.Spend(f.t.Context(), traps.Spent{}, r...))
	want := []traps.Spent{{Requests: 3, Bytes: 5_000_000_000, Time: 90*time.Second + time.Millisecond}, {Requests: 2, Bytes: 5_000_000_000, Time: 90 * time.Second}}
	if got := f.spent(r...); !slices.Equal(got, want) {
		f.t.Errorf("spent %+v, want %+v", got, want)
	}
	if got := f.spent(append(other, r[1])...); !slices.Equal(got, append(make([]traps.Spent, 2), want[1])) {
		f.t.Errorf("spent by others: %+v", got)
	}
}

func spendingAtOnce(f *fixture) {
	r := spenders("r")
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			for range 5 {
				if err := f.Spend(f.t.Context(), traps.Spent{Requests: 1, Bytes: 10}, r...); err != nil {
					errs[i] = err
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		f.must(err)
	}
	for _, s := range f.spent(r...) {
		if s != (traps.Spent{Requests: 40, Bytes: 400}) {
			f.t.Errorf("spent %+v", s)
		}
	}
}

func spentAndClosed(f *fixture) {
	for run, end := range map[string]func(run string) error{
		"closed":    func(run string) error { return f.Close(f.t.Context(), run) },
		"forgotten": func(run string) error { return f.Forget(f.t.Context(), run) },
	} {
		f.add(run, "http://"+run+".example/1")
		f.settle(f.claim("http://"+run+".example/1"), crawler.Outcome{Result: crawler.Failed, Reason: "gone"})
		f.must(f.Spend(f.t.Context(), traps.Spent{Requests: 7}, spenders(run)...))
		f.must(end(run))
		if got := f.spent(spenders(run)...); !slices.Equal(got, make([]traps.Spent, 2)) {
			f.t.Errorf("a %s run has spent %+v", run, got)
		}
	}
	f.must(f.Spend(f.t.Context(), traps.Spent{Requests: 7}, spenders("closed")...))
	if got := f.spent(spenders("closed")...); !slices.Equal(got, make([]traps.Spent, 2)) {
		f.t.Errorf("a closed run spent %+v", got)
	}
}
