package gauge

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// gradeVerbs are counted where runs are closed and entities graded.
type gradeVerbs struct {
	evaluated, issued, closed, again *prometheus.CounterVec
	closeTime, evaluateTime          *prometheus.HistogramVec
	leads                            *prometheus.GaugeVec
}

func (v *gradeVerbs) open(m *Meter) {
	v.evaluated = m.counter("probity_evaluations_total", "Entities evaluated by result.", "result")
	v.issued = m.counter("probity_issues_total", "Evaluations issued to the ledger, by reason (first, changed, half_year).", "reason")
	v.closed = m.counter("probity_runs_closed_total", "Runs closed by campaign and result: the kind of the fault, or ok.", "campaign", "result")
	v.again = m.counter("probity_runs_reopened_total", "Runs opened again at their close, since leads derived from their captures were missing.", "campaign")
	v.closeTime = m.histogram("probity_run_close_seconds", "How long closing a run takes, evaluation included.", long())
	v.evaluateTime = m.histogram("probity_evaluate_seconds", "How long evaluating all entities that need it takes.", long())
	v.leads = m.gauge("probity_leader", "1 where this process leads the evaluation, else 0.")
}

// Evaluated counts one pass over so many entities.
func (v *gradeVerbs) Evaluated(entities int, took time.Duration, err error) {
	v.evaluated.WithLabelValues(Kind(err)).Add(float64(entities))
	v.evaluateTime.WithLabelValues().Observe(took.Seconds())
}

// Issued counts an evaluation that went to the ledger, and why.
func (v *gradeVerbs) Issued(reason string) { v.issued.WithLabelValues(word(reason)).Inc() }

// Closed counts the close of a run.
func (v *gradeVerbs) Closed(campaign string, took time.Duration, err error) {
	v.closed.WithLabelValues(campaign, Kind(err)).Inc()
	v.closeTime.WithLabelValues().Observe(took.Seconds())
}

// Reopened counts a run that was not over after all.
func (v *gradeVerbs) Reopened(campaign string) { v.again.WithLabelValues(campaign).Inc() }

// Leads says whether this process leads the evaluation.
func (v *gradeVerbs) Leads(leads bool) {
	n := 0.0
	if leads {
		n = 1
	}
	v.leads.WithLabelValues().Set(n)
}
