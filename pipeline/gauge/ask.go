package gauge

import (
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// askVerbs are counted where people and programs ask.
type askVerbs struct {
	requests, checks *prometheus.CounterVec
	requestTime      *prometheus.HistogramVec
	ready            *prometheus.GaugeVec
}

func (v *askVerbs) open(m *Meter) {
	v.requests = m.counter("probity_http_requests_total", "Requests answered by method, route and status.", "method", "route", "status")
	v.requestTime = m.histogram("probity_http_request_seconds", "How long an answer takes; live progress is left out.", short(), "route")
	v.ready = m.gauge("probity_dependency_ready", "1 where a dependency answered its last check, else 0.", "dependency")
	v.checks = m.counter("probity_dependency_checks_total", "Checks of a dependency by result.", "dependency", "result")
}

// Answered counts a request. route is the pattern that matched, never a path;
// streams took as long as the asker stayed, so their time says nothing.
func (v *askVerbs) Answered(method, route string, status int, took time.Duration, stream bool) {
	if _, path, ok := strings.Cut(route, " "); ok {
		route = path
	}
	if route == "" {
		route = "none"
	}
	v.requests.WithLabelValues(verb(method), route, strconv.Itoa(status)).Inc()
	if !stream {
		v.requestTime.WithLabelValues(route).Observe(took.Seconds())
	}
}

// Checked says how a dependency answered.
func (v *askVerbs) Checked(dependency string, err error) {
	n := 1.0
	if err != nil {
		n = 0
	}
	v.ready.WithLabelValues(dependency).Set(n)
	v.checks.WithLabelValues(dependency, Kind(err)).Inc()
}

// verb is a method that the house knows, since a request may name any.
func verb(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS":
		return method
	}
	return "other"
}
