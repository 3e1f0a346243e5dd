package gauge

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// crawlVerbs are counted where leads become captures.
type crawlVerbs struct {
	added, claims, leases, reaped, visits, received *prometheus.CounterVec
	claimTime, fetchTime, settleTime                *prometheus.HistogramVec
}

func (v *crawlVerbs) open(m *Meter) {
	v.added = m.counter("probity_frontier_added_total", "Leads offered to the frontier: new, seen before, or shut out as dead letters.", "result")
	v.claims = m.counter("probity_frontier_claims_total", "Claims of leads: leases, empty, or the kind of the fault.", "result")
	v.leases = m.counter("probity_frontier_leases_total", "Leads leased to a worker.")
	v.reaped = m.counter("probity_frontier_reaped_total", "Expired leases taken back from workers that died or stalled.")
	v.visits = m.counter("probity_visits_total", "Settled visits by source, result (done, failed, refused, retry, returned) and reason.", "source", "result", "reason")
	v.received = m.counter("probity_fetched_bytes_total", "Bytes of bodies as received.", "source")
	v.claimTime = m.histogram("probity_frontier_claim_seconds", "How long a claim takes.", short())
	v.fetchTime = m.histogram("probity_fetch_seconds", "How long an exchange takes, by status class (2xx …) or kind of the fault.", long(), "result")
	v.settleTime = m.histogram("probity_settle_seconds", "How long settling a visit takes.", short(), "result")
}

// Added counts leads offered to the frontier.
func (v *crawlVerbs) Added(fresh, seen, shut int) {
	v.added.WithLabelValues("new").Add(float64(fresh))
	v.added.WithLabelValues("seen").Add(float64(seen))
	v.added.WithLabelValues("shut").Add(float64(shut))
}

// Claimed counts one claim, which gave so many leases.
func (v *crawlVerbs) Claimed(leases int, took time.Duration, err error) {
	result := Kind(err)
	switch {
	case err == nil && leases > 0:
		result = "leases"
	case err == nil:
		result = "empty"
	}
	v.claims.WithLabelValues(result).Inc()
	v.leases.WithLabelValues().Add(float64(leases))
	v.claimTime.WithLabelValues().Observe(took.Seconds())
}

// Reaped counts leases that others let expire.
func (v *crawlVerbs) Reaped(leases int) { v.reaped.WithLabelValues().Add(float64(leases)) }

// Fetched counts one exchange with the status of its answer, or a fault.
func (v *crawlVerbs) Fetched(source string, status int, bytes int64, took time.Duration, err error) {
	result := Kind(err)
	if err == nil {
		result = class(status)
		v.received.WithLabelValues(source).Add(float64(bytes))
	}
	v.fetchTime.WithLabelValues(result).Observe(took.Seconds())
}

// Settled counts the end of a visit: what came of it, and how the settling went.
func (v *crawlVerbs) Settled(source, result, reason string, took time.Duration, err error) {
	v.settleTime.WithLabelValues(Kind(err)).Observe(took.Seconds())
	if err == nil {
		v.visits.WithLabelValues(source, word(result), word(reason)).Inc()
	}
}

// class is a status as 2xx, or other.
func class(status int) string {
	if status < 100 || status > 599 {
		return "other"
	}
	return string('0'+rune(status/100)) + "xx"
}
