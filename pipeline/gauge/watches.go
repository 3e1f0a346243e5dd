package gauge

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// WatchQueue asks now and then how a queue stands. Of shared queues one role
// asks, lest every process does.
func (m *Meter) WatchQueue(queue string, ask func(context.Context) (QueueState, error)) {
	w := m.watches
	w.add("queue_"+queue, func(ctx context.Context) ([]prometheus.Metric, error) {
		s, err := ask(ctx)
		out := []prometheus.Metric{
			value(w.queue, float64(s.Waiting), queue, "waiting"),
			value(w.queue, float64(s.Leased), queue, "leased"),
			value(w.queue, float64(s.Dead), queue, "dead"),
		}
		if s.Oldest >= 0 {
			out = append(out, value(w.queueOldest, s.Oldest.Seconds(), queue))
		}
		return out, err
	})
}

// WatchFrontier asks now and then how the frontier stands.
func (m *Meter) WatchFrontier(ask func(context.Context) (FrontierState, error)) {
	w := m.watches
	w.add("frontier", func(ctx context.Context) ([]prometheus.Metric, error) {
		s, err := ask(ctx)
		return []prometheus.Metric{
			value(w.frontier, float64(s.Open), "open"),
			value(w.frontier, float64(s.Held), "held"),
			value(w.frontier, float64(s.Leased), "leased"),
			value(w.frontier, float64(s.Dead), "dead"),
			value(w.resting, float64(s.Resting)),
			value(w.hosts, float64(s.Waiting), "waiting"),
			value(w.hosts, float64(s.Resting), "resting"),
			value(w.hosts, float64(s.Paused), "paused"),
			value(w.hosts, float64(s.Flagged), "flagged"),
			value(w.orders, float64(s.Orders)),
			value(w.seen, float64(s.Seen-s.Blown), "compact"),
			value(w.seen, float64(s.Blown), "blown"),
		}, err
	})
}

// WatchSources asks now and then when each source was last gone through
// completely, and shows how long ago that is. A source that never was has no
// age, only the age that it may reach.
func (m *Meter) WatchSources(ask func(context.Context) (map[string]SourceState, error)) {
	w := m.watches
	w.add("sources", func(ctx context.Context) ([]prometheus.Metric, error) {
		sources, err := ask(ctx)
		out := make([]prometheus.Metric, 0, 2*len(sources))
		for source, s := range sources {
			if !s.Last.IsZero() {
				out = append(out, value(w.success, max(0, m.now().Sub(s.Last).Seconds()), source))
			}
			if s.MaxAge > 0 {
				out = append(out, value(w.maxAge, s.MaxAge.Seconds(), source))
			}
		}
		return out, err
	})
}

// WatchDisk asks how many bytes may still be written, beside the least with
// which anything is; disk is what it is for, as "data".
func (m *Meter) WatchDisk(disk string, least uint64, free func() (uint64, error)) {
	w := m.watches
	w.add("disk_"+disk, func(context.Context) ([]prometheus.Metric, error) {
		n, err := free()
		return []prometheus.Metric{value(w.disk, float64(n), disk), value(w.least, float64(least), disk)}, err
	})
}

// WatchUnsealed asks what a crawler's archive holds on its own disk alone.
func (m *Meter) WatchUnsealed(ask func(context.Context) (OpenState, error)) {
	w := m.watches
	w.add("unsealed", func(ctx context.Context) ([]prometheus.Metric, error) {
		s, err := ask(ctx)
		return []prometheus.Metric{
			value(w.segments, float64(s.Segments)),
			value(w.openBytes, float64(s.Bytes)),
			value(w.openAge, s.Oldest.Seconds()),
		}, err
	})
}

// WatchLedger asks how far the ledger is written and how far this process'
// view has followed it.
func (m *Meter) WatchLedger(ask func(context.Context) (written, followed int64, err error)) {
	w := m.watches
	w.add("ledger", func(ctx context.Context) ([]prometheus.Metric, error) {
		written, followed, err := ask(ctx)
		return []prometheus.Metric{
			value(w.position, float64(written), "written"),
			value(w.position, float64(followed), "followed"),
		}, err
	})
}
