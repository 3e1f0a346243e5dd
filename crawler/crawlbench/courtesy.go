package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"probity/pipeline/evidence"
)

// tallied is the path at which the server says what it saw; with POST it begins
// anew, and the gap is said that is wanted.
const tallied = "/crawlbench/tally"

// A tally is what the server saw: it, and not the crawler, says how politely it
// was visited.
type tally struct {
	Visits int `json:"visits"`
	Least  int `json:"least"` // of the host that was visited least
	Most   int `json:"most"`
	Early  int `json:"early"` // visits before the gap was over
	// How long after the gap was over a visit came, the gap counted from the end
	// of the answer before.
	Middle, Late, Latest time.Duration // of half of the visits, of 99 %, of all
}

// A book is the server's log of visits.
type book struct {
	mu     sync.Mutex
	gap    time.Duration // zero: nothing is noted
	ended  map[string]time.Time
	visits map[string]int
	late   []time.Duration
}

// visit notes a visit that began at a moment and whose answer goes out now.
func (b *book) visit(host string, began time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gap == 0 {
		return
	}
	if before, ok := b.ended[host]; ok {
		b.late = append(b.late, began.Sub(before)-b.gap)
	}
	b.ended[host] = time.Now()
	b.visits[host]++
}

// tell answers a request for the tally of so many hosts.
func (b *book) tell(w http.ResponseWriter, r *http.Request, hosts int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Method == http.MethodPost {
		b.gap, _ = time.ParseDuration(r.URL.Query().Get("gap"))
		b.ended, b.visits, b.late = map[string]time.Time{}, map[string]int{}, nil
		return
	}
	_ = json.NewEncoder(w).Encode(b.tally(hosts)) // the crawler says so if it does not arrive
}

func (b *book) tally(hosts int) tally {
	t := tally{}
	for _, n := range b.visits {
		t.Visits += n
		t.Most = max(t.Most, n)
		if t.Least == 0 || n < t.Least {
			t.Least = n
		}
	}
	if len(b.visits) < hosts {
		t.Least = 0
	}
	slices.Sort(b.late)
	for _, d := range b.late {
		if d < 0 {
			t.Early++
		}
	}
	if n := len(b.late); n > 0 {
		t.Middle, t.Late, t.Latest = b.late[n/2], b.late[min(n-1, n*99/100)], b.late[n-1]
	}
	return t
}

// polite measures our crawler at a courtesy: all hosts have work all the time,
// and their visits begin spread over the gap, as those of real hosts are.
func polite(ctx context.Context, s settings) (_ []figure, err error) {
	w := newSite(s)
	r, err := w.rig(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	over := make(chan error, 1)
	go func() { over <- r.visitor.Run(ctx) }()
	if _, err := w.ask(ctx, http.MethodPost, s.gap); err != nil {
		return nil, err
	}
	const slices = 50
	for i := range slices {
		var leads []evidence.Lead
		for n := i; n < w.hosts; n += slices {
			leads = append(leads, evidence.Lead{Method: "GET", URL: w.url(n), Source: r.source.ID})
		}
		if len(leads) > 0 {
			if _, err := r.frontier.Add(ctx, run1, r.source.Manners, leads...); err != nil {
				return nil, err
			}
		}
		if err := pass(ctx, max(s.gap, time.Duration(w.hosts)*time.Millisecond)/slices, over); err != nil {
			return nil, err
		}
	}
	if err := w.warm(ctx, s.gap, over); err != nil {
		return nil, err
	}
	var t tally
	f, err := measured(func() (int, error) {
		if err := pass(ctx, s.lasts, over); err != nil {
			return 0, err
		}
		t, err = w.ask(ctx, http.MethodGet, 0)
		return t.Visits, err
	})
	if err != nil {
		return nil, err
	}
	f.Tally = &t
	stop()
	return []figure{f}, <-over
}

// warm lets each host be visited twice, which is when robots.txt has been asked
// for and most leads are known, and has the server begin its tally anew.
func (w *site) warm(ctx context.Context, gap time.Duration, over chan error) error {
	for {
		if err := pass(ctx, gap, over); err != nil {
			return err
		}
		t, err := w.ask(ctx, http.MethodGet, 0)
		if err != nil {
			return err
		}
		if t.Least >= 2 {
			_, err := w.ask(ctx, http.MethodPost, gap)
			return err
		}
	}
}

// pass lets time pass in which the visitor goes on.
func pass(ctx context.Context, d time.Duration, over chan error) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case err := <-over:
		return errors.Join(errors.New("the visitor ended"), err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask asks the server for its tally, or to begin one.
func (w *site) ask(ctx context.Context, method string, gap time.Duration) (t tally, err error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+w.address+tallied+"?gap="+gap.String(), http.NoBody)
	if err != nil {
		return t, err
	}
	res, err := new(http.Client).Do(req)
	if err != nil {
		return t, err
	}
	defer func() { _ = res.Body.Close() }()
	if method == http.MethodPost {
		return t, nil
	}
	return t, json.NewDecoder(res.Body).Decode(&t)
}

// courtesy measures at a request a second and host, at ever more hosts.
func courtesy(ctx context.Context, p *printer, s settings) error {
	if s.gap <= time.Nanosecond { // not asked for
		s.gap = time.Second
	}
	p.line("%s between an answer and the next request at a host, %d visits at once, %s at each number of hosts; server and crawler on one core each", s.gap, s.workers, s.lasts)
	p.line("%-8s %9s %8s %6s %8s %8s %8s %8s %8s %10s", "hosts", "a second", "of core", "early", "late p50", "p99", "most", "least", "visits", "peak MiB")
	for _, hosts := range []int{10, 500, 1000, 5000} {
		each := min(int(s.lasts/s.gap), 2000*int(s.lasts.Seconds())/hosts) // visits of a host, at the most
		s.hosts, s.pages = hosts, hosts*(10+each)
		if err := func() error {
			address, stop, err := s.serving(ctx)
			if err != nil {
				return err
			}
			defer stop()
			s.address = address
			all, err := s.ask(ctx, "courtesy")
			if err != nil {
				return err
			}
			f, t := all[0], all[0].Tally
			p.line("%-8s %9.1f %8.2f %6d %8s %8s %8d %8d %8d %10d", strconv.Itoa(hosts), float64(t.Visits)/f.Wall.Seconds(), f.Busy.Seconds()/f.Wall.Seconds(), t.Early,
				t.Middle.Round(time.Millisecond), t.Late.Round(time.Millisecond), t.Most, t.Least, t.Visits, f.Peak>>20)
			return nil
		}(); err != nil {
			return fmt.Errorf("%d hosts: %w", hosts, err)
		}
	}
	return nil
}
