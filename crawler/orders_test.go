package crawler_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
)

func (h *house) order(o crawler.Order) {
	h.t.Helper()
	o.Who, o.Why = "test", "asked to"
	if _, err := h.frontier.Order(h.t.Context(), o); err != nil {
		h.t.Fatal(err)
	}
}

func TestAKilledSourceIsCutAndAskedForNothingMore(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.Orders = h.frontier
		for i := range 5 {
			u := fmt.Sprintf("http://h%d.example/", i)
			h.web.says(u, answer{hang: true})
			h.add("r", u, u+"next")
		}
		stop := h.start()
		wait(gap + 5*time.Second)
		if p := h.Progress(); p.UnderWay != 5 {
			t.Fatalf("progress = %+v", p)
		}
		h.order(crawler.Order{About: crawler.AboutSource("s"), Killed: true})
		wait(time.Second)
		if p := h.Progress(); p.UnderWay != 0 {
			t.Errorf("a second later %d are under way", p.UnderWay)
		}
		n := h.web.visited()
		wait(time.Hour)
		if c := h.counts("r"); c.Failed["source_killed"] != 10 || !c.Empty() || h.web.visited() != n {
			t.Errorf("counts = %+v, %d more visits", c, h.web.visited()-n)
		}
		h.order(crawler.Order{About: crawler.AboutSource("s")})
		h.web.says("http://z.example/", answer{status: 200, body: "z"})
		h.add("r2", "http://z.example/")
		wait(time.Minute)
		if c := h.counts("r2"); c.Done != 1 {
			t.Errorf("after the kill was taken back: %+v", c)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// deaf are orders that cannot be read.
type deaf struct{ crawler.Orders }

func (deaf) InForce(context.Context, int64) (map[string]crawler.Order, int64, error) {
	return nil, 0, fmt.Errorf("orders: %w", evidence.ErrUnavailable)
}

func TestWhoCannotReadOrdersBeginsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.Orders = deaf{}
		h.web.says("http://a.example/", answer{status: 200, body: "a"})
		h.add("r", "http://a.example/")
		stop := h.start()
		wait(time.Minute)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if c := h.counts("r"); h.web.visited() != 0 || c.Open != 1 {
			t.Errorf("%d visits, %+v", h.web.visited(), c)
		}
	})
}

func TestAnOrderedDelayHoldsFromTheNextRequestOn(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.Orders = h.frontier
		for i := range 3 {
			h.web.says(fmt.Sprintf("http://a.example/%d", i), answer{status: 200, body: strconv.Itoa(i)})
			h.add("r", fmt.Sprintf("http://a.example/%d", i))
		}
		h.order(crawler.Order{About: crawler.AboutSource("s"), Gap: time.Minute})
		h.within(time.Hour, "r")
		last := h.web.visits[1] // the first is robots.txt, before which nothing was known of the host
		for _, v := range h.web.visits[2:] {
			if since := v.start.Sub(last.end); since != time.Minute {
				t.Errorf("%s came %s after the one before, want a minute", v.url, since)
			}
			last = v
		}
	})
}

// Manners adapt: who is slow, or in trouble, is asked more slowly.
func TestASlowHostIsAskedMoreSlowly(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		src := h.sources["s"]
		src.Manners.Latency = 2
		h.sources["s"] = src
		takes := []time.Duration{2 * time.Second, 20 * time.Second, 50 * time.Second, time.Second, 0}
		for i, d := range takes {
			h.web.says(fmt.Sprintf("http://a.example/%d", i), answer{status: 200, body: strconv.Itoa(i), takes: min(d, 40*time.Second)})
			h.add("r", fmt.Sprintf("http://a.example/%d", i))
		}
		h.within(time.Hour, "r")
		want := map[string]time.Duration{ // after which page how long
			"http://a.example/0": gap, "http://a.example/1": 40 * time.Second, "http://a.example/2": time.Minute, "http://a.example/3": gap,
		}
		for i, v := range h.web.visits[:len(h.web.visits)-1] {
			since := h.web.visits[i+1].start.Sub(v.end)
			if w, ok := want[v.url]; ok && since != w {
				t.Errorf("after %s, which took %s, %s went by, want %s", v.url, v.end.Sub(v.start), since, w)
			}
		}
		m := evidence.Manners{Gap: time.Second, Latency: 2}
		for took, want := range map[time.Duration][2]time.Duration{0: {0, 4 * time.Second}, 3 * time.Second: {6 * time.Second, 6 * time.Second}, time.Hour: {time.Minute, time.Minute}} {
			if got := [2]time.Duration{m.Adapted(took, false), m.Adapted(took, true)}; got != want {
				t.Errorf("after %s: %v, want %v", took, got, want)
			}
		}
	})
}
