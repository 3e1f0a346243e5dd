package gauge

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// workVerbs are counted where names are taken from queues and captures read.
type workVerbs struct {
	put, taken, settled, readings, records *prometheus.CounterVec
	workTime, readTime                     *prometheus.HistogramVec
}

func (v *workVerbs) open(m *Meter) {
	v.put = m.counter("probity_queue_put_total", "Names put into a queue, those that waited already too.", "queue")
	v.taken = m.counter("probity_queue_taken_total", "Names taken from a queue to be worked on.", "queue")
	v.settled = m.counter("probity_queue_settled_total", "Names settled: ok, lost to another taker, or the kind of the fault.", "queue", "result")
	v.workTime = m.histogram("probity_queue_work_seconds", "From taking a name to settling it.", long(), "queue")
	v.readings = m.counter("probity_readings_total", "Captures read by source and result: read, unlike_declared, or the kind of the fault.", "source", "result")
	v.records = m.counter("probity_records_total", "Records that readings stated, by source.", "source")
	v.readTime = m.histogram("probity_read_seconds", "How long reading a capture takes, without the stores.", short())
}

// Put counts names put into a queue.
func (v *workVerbs) Put(queue string, names int) { v.put.WithLabelValues(queue).Add(float64(names)) }

// Taken counts names taken from a queue.
func (v *workVerbs) Taken(queue string, names int) {
	v.taken.WithLabelValues(queue).Add(float64(names))
}

// Worked counts a name settled, took since it was taken. fault is what it was
// settled with, err how the settling went.
func (v *workVerbs) Worked(queue string, took time.Duration, fault, err error) {
	result := Kind(fault)
	if err != nil {
		if result = "unsettled"; Kind(err) == "conflict" {
			result = "lost"
		}
	}
	v.settled.WithLabelValues(queue, result).Inc()
	v.workTime.WithLabelValues(queue).Observe(took.Seconds())
}

// Read counts a capture read: result is Kind of what failed, "read", "no_page"
// for an answer that is an error of the host, or "unlike_declared" for a page
// that is not what its source says.
func (v *workVerbs) Read(source, result string, records int, took time.Duration) {
	v.readings.WithLabelValues(source, word(result)).Inc()
	v.records.WithLabelValues(source).Add(float64(records))
	v.readTime.WithLabelValues().Observe(took.Seconds())
}
