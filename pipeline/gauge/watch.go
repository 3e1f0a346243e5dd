package gauge

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// fresh is how long an answer of a watch is given again without asking, and
// patience how long a scrape waits for one.
const (
	fresh    = 5 * time.Second
	patience = 2 * time.Second
)

// A QueueState is how a queue stands over all groups.
type QueueState struct {
	Waiting, Leased, Dead int
	Oldest                time.Duration // since the oldest ready name was put; negative: not known
}

// A FrontierState is how the frontier stands over all runs.
type FrontierState struct {
	Open, Leased, Dead int
	Resting            int // hosts that back off just now
	Waiting, Paused    int // hosts for which leads wait, and those of all hosts that are held back
	Held               int // leads that wait for hosts that back off or are held back
	Flagged            int // hosts whose robots.txt an operator should look at, as for a crawl-delay beyond the cap
	Orders             int // about sources and campaigns, in force
	Seen, Blown        int // parts of the seen-set, and those of them that the store made several times as big
}

// An OpenState is what an archive holds on its own disk alone.
type OpenState struct {
	Segments int
	Bytes    int64
	Oldest   time.Duration // since the oldest of them was last written to
}

// A SourceState is how far back a source was looked at.
type SourceState struct {
	Last   time.Time     // it was gone through completely; zero: never
	MaxAge time.Duration // for how long that speaks, as declared; 0: not said
}

// watches are what is asked when somebody scrapes.
type watches struct {
	queue, queueOldest, frontier, resting, seen *prometheus.Desc
	hosts, orders, least                        *prometheus.Desc
	success, disk, segments, openBytes, openAge *prometheus.Desc
	position, maxAge                            *prometheus.Desc
	campaigns                                   campaignWatch
	faults                                      *prometheus.CounterVec
	mu                                          sync.Mutex
	all                                         []*watch
}

// A watch is one question with its last answer.
type watch struct {
	what string
	ask  func(context.Context) ([]prometheus.Metric, error)

	mu    sync.Mutex
	asked time.Time // by the machine's monotonic clock
	last  []prometheus.Metric
}

func openWatches(m *Meter) *watches {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		m.names = append(m.names, name)
		return prometheus.NewDesc(name, help, labels, nil)
	}
	w := &watches{
		queue:       desc("probity_queue_names", "Names in a queue by state: waiting, leased, dead.", "queue", "state"),
		queueOldest: desc("probity_queue_oldest_seconds", "Age of the oldest name that is ready in a queue.", "queue"),
		frontier:    desc("probity_frontier_leads", "Leads of all open runs by state: open; held, those of them that wait for hosts that rest or are paused; leased; dead.", "state"),
		resting:     desc("probity_frontier_hosts_resting", "Hosts that back off just now."),
		hosts:       desc("probity_frontier_hosts", "Hosts by state: waiting, for which leads are open; resting, of these those that back off; paused, which are held back by somebody; flagged, whose robots.txt asks for more than is kept.", "state"),
		least:       desc("probity_disk_least_bytes", "Below so many free bytes nothing more is fetched.", "disk"),
		orders:      desc("probity_orders_in_force", "Orders about sources and campaigns that are in force."),
		seen:        desc("probity_frontier_seen_buckets", "Parts of what was seen by form: compact, or blown, which takes several times the memory.", "form"),
		success:     desc("probity_source_success_age_seconds", "Since a source was last gone through completely.", "source"),
		maxAge:      desc("probity_source_max_age_seconds", "For how long a source that was gone through speaks, as it declares.", "source"),
		disk:        desc("probity_disk_free_bytes", "Bytes that may still be written.", "disk"),
		segments:    desc("probity_archive_unsealed_segments", "Segments that stand on this disk alone."),
		openBytes:   desc("probity_archive_unsealed_bytes", "Bytes that stand on this disk alone."),
		openAge:     desc("probity_archive_unsealed_oldest_seconds", "Since the oldest segment that stands on this disk alone was last written to."),
		position:    desc("probity_ledger_position", "Entries of the ledger: written to it, and followed by this process' view.", "of"),
		faults:      m.counter("probity_watch_faults_total", "Questions to a store for metrics that failed.", "watch"),
	}
	w.campaigns.open(desc)
	m.registry.MustRegister(w)
	return w
}

// Describe says nothing, which makes the collector unchecked: what is watched
// depends on the role.
func (w *watches) Describe(chan<- *prometheus.Desc) {}

// Collect answers a scrape. All questions are asked at once.
func (w *watches) Collect(out chan<- prometheus.Metric) {
	w.mu.Lock()
	all := w.all
	w.mu.Unlock()
	var asking sync.WaitGroup
	for _, one := range all {
		asking.Go(func() {
			for _, metric := range w.answer(one) {
				out <- metric
			}
		})
	}
	asking.Wait()
}

func (w *watches) answer(one *watch) []prometheus.Metric {
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.last != nil && time.Since(one.asked) < fresh {
		return one.last
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	metrics, err := one.ask(ctx)
	if err != nil {
		w.faults.WithLabelValues(one.what).Inc()
		one.last = nil
		return nil // an old answer would hide that nobody answers
	}
	one.last, one.asked = metrics, time.Now()
	return metrics
}

func (w *watches) add(what string, ask func(context.Context) ([]prometheus.Metric, error)) {
	w.faults.WithLabelValues(what).Add(0)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(slices.Clip(w.all), &watch{what: what, ask: ask})
}

func value(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}
