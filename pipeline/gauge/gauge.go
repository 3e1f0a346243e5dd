// Package gauge counts what the house does, for Prometheus. It is the one door
// to its client library.
//
//	Meter     the families of all roles, in a registry of its own
//	verbs     what is counted where it is done: claims, visits, readings …
//	watches   what is asked now and then: queue depth, age of last success …
//	Handler   the page that Prometheus reads
//
// Why so: metrics stand at the verbs and not deeper, so that a name in a chart
// is a word of the house and means the same in every role. What is counted in
// a process is a counter of that process, and Prometheus adds them up; what
// only the fleet knows is asked of the shared store, by whoever may ask it, at
// most once in a while however many scrape.
//
// It refuses labels without bound: a host, a URL, a run, an entity or an id is
// never one. Sources, campaigns, queues and routes are declared, so they are
// few. It keeps no globals: two meters do not know of each other.
package gauge

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"probity/pipeline/evidence"
)

// Options are what a meter is made of.
type Options struct {
	Version string           // of the program, as stamped into captures
	Roles   []string         // crawl, extract, evaluate, serve; all on a laptop
	Now     func() time.Time // the house's clock, for ages; nil: the machine's
}

// A Meter counts. All its methods may be called at any time by anybody.
type Meter struct {
	crawlVerbs
	storeVerbs
	workVerbs
	gradeVerbs
	askVerbs

	registry *prometheus.Registry
	now      func() time.Time
	names    []string
	watches  *watches
}

// New makes a meter with every family of the house at zero.
func New(o Options) *Meter {
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Meter{registry: prometheus.NewRegistry(), now: o.Now}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.crawlVerbs.open(m)
	m.storeVerbs.open(m)
	m.workVerbs.open(m)
	m.gradeVerbs.open(m)
	m.askVerbs.open(m)
	m.watches = openWatches(m)
	m.begin()
	build := m.gauge("probity_build_info", "The program that runs, once for each of its roles: always 1.", "version", "go", "role")
	for _, role := range o.Roles {
		build.WithLabelValues(o.Version, runtime.Version(), role).Set(1)
	}
	return m
}

// Handler is the page that Prometheus reads. A watch that fails leaves its
// families out and counts probity_watch_faults_total; the page is served.
func (m *Meter) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// Names are all families of the house by which charts and rules may ask, in
// order; a histogram's are its _bucket, _sum and _count.
func (m *Meter) Names() []string { return slices.Sorted(slices.Values(m.names)) }

func (m *Meter) counter(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	m.names = append(m.names, name)
	if len(labels) == 0 {
		v.WithLabelValues()
	}
	return v
}

func (m *Meter) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	m.names = append(m.names, name)
	return v
}

// short are the bounds of what is asked of a store beside us, in seconds, and
// long those of what is done on the web or with many documents.
func short() []float64 {
	return []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
}

func long() []float64 { return []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800} }

func (m *Meter) histogram(name, help string, bounds []float64, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: bounds}, labels)
	m.registry.MustRegister(v)
	m.names = append(m.names, name+"_bucket", name+"_sum", name+"_count")
	if len(labels) == 0 {
		v.WithLabelValues()
	}
	return v
}

// A Declared is what will be counted by name, as far as it is declared.
type Declared struct {
	Sources, Campaigns, Kinds, Queues []string // kinds of documents
}

// Expect starts at zero what is declared: a rate is told from the first that is
// counted, and who looks at the page sees what there is to be counted.
func (m *Meter) Expect(d Declared) {
	for _, source := range d.Sources {
		m.visits.WithLabelValues(source, "done", "")
		m.received.WithLabelValues(source)
		m.readings.WithLabelValues(source, "read")
		m.readings.WithLabelValues(source, "unlike_declared")
		m.records.WithLabelValues(source)
	}
	for _, campaign := range d.Campaigns {
		m.closed.WithLabelValues(campaign, "ok")
		m.again.WithLabelValues(campaign)
	}
	for _, kind := range d.Kinds {
		m.written.WithLabelValues(kind, "ok")
		m.poisoned.WithLabelValues(kind)
	}
	for _, queue := range d.Queues {
		m.put.WithLabelValues(queue)
		m.taken.WithLabelValues(queue)
		m.settled.WithLabelValues(queue, "ok")
	}
}

// begin starts at zero what is named by the house itself.
func (m *Meter) begin() {
	m.Added(0, 0, 0)
	for _, result := range []string{"leases", "empty"} {
		m.claims.WithLabelValues(result)
	}
	m.fetchTime.WithLabelValues("2xx")
	for _, v := range []*prometheus.HistogramVec{m.settleTime, m.keepTime, m.openTime, m.uploadTime, m.writeTime, m.search} {
		v.WithLabelValues("ok")
	}
	m.uploadTime.WithLabelValues("unavailable") // an alert asks for the rate of what is not ok
	m.openTime.WithLabelValues("invalid")
	for _, reason := range []string{"busy", "away"} {
		m.retried.WithLabelValues(reason)
	}
	m.evaluated.WithLabelValues("ok")
	for _, reason := range []string{"first", "changed", "half_year"} {
		m.issued.WithLabelValues(reason)
	}
	m.Leads(false)
}

// Kind is an error in one word, by what its receiver should do: the label
// "result" of whatever can fail.
func Kind(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, evidence.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return "unavailable"
	case errors.Is(err, evidence.ErrConflict):
		return "conflict"
	case errors.Is(err, evidence.ErrNotFound):
		return "not_found"
	case errors.Is(err, evidence.ErrForbidden):
		return "forbidden"
	case errors.Is(err, evidence.ErrInvalid):
		return "invalid"
	}
	return "fault"
}

// word is s where it is one short word of ours, else "other": a reason must
// not carry what somebody else wrote into a label.
func word(s string) string {
	if len(s) > 40 {
		return "other"
	}
	for _, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return "other"
		}
	}
	return s
}
