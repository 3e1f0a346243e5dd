package alerts

import (
	"context"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	common "github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
	"sigs.k8s.io/yaml"
)

// A trial is one of promtool's unit tests: what stands in the store, and which
// alerts fire when.
type trial struct {
	Interval string `json:"interval"`
	Series   []struct {
		Series string `json:"series"`
		Values string `json:"values"`
	} `json:"input_series"`
	Alerts []struct {
		Name string `json:"alertname"`
		At   string `json:"eval_time"`
		Want []struct {
			Labels map[string]string `json:"exp_labels"`
		} `json:"exp_alerts"`
	} `json:"alert_rule_test"`
}

func TestAlertsFireWhenTheyShould(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("probity.test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Every string  `json:"evaluation_interval"`
		Tests []trial `json:"tests"`
	}
	if err := yaml.UnmarshalStrict(b, &file); err != nil {
		t.Fatal(err)
	}
	every, all, fired := duration(t, file.Every), rules(t), map[string]bool{}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1e6, Timeout: time.Minute, LookbackDelta: 5 * time.Minute, Parser: grammar()})
	t.Cleanup(func() { _ = engine.Close() })
	for _, one := range file.Tests {
		s := fill(t, one)
		for _, a := range one.Alerts {
			r, ok := all[a.Name]
			if !ok {
				t.Errorf("no alert %s", a.Name)
				continue
			}
			got := firing(t, engine, s, r, duration(t, a.At), every)
			var want []string
			for _, w := range a.Want {
				want = append(want, labels.FromMap(w.Labels).String())
				fired[a.Name] = true
			}
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s at %s: fires for %v, want %v", a.Name, a.At, got, want)
			}
		}
	}
	for name := range all {
		if !fired[name] {
			t.Errorf("%s: no test in which it fires", name)
		}
	}
}

// firing are the label sets for which expr held at every evaluation of the
// last hold before at.
func firing(t *testing.T, e *promql.Engine, s store, r rulefmt.Rule, at, every time.Duration) []string {
	t.Helper()
	hold, expr := time.Duration(r.For), r.Expr
	if at < hold {
		return nil
	}
	var still map[string]bool
	for when := at - hold; when <= at; when += every {
		q, err := e.NewInstantQuery(t.Context(), s, nil, expr, time.Unix(0, 0).Add(when))
		if err != nil {
			t.Fatal(err)
		}
		v, err := q.Exec(t.Context()).Vector()
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		now := map[string]bool{}
		for _, sample := range v {
			l := labels.NewBuilder(sample.Metric).Del(common.MetricNameLabel).Labels().String()
			now[l] = still == nil || still[l]
		}
		maps.DeleteFunc(now, func(_ string, held bool) bool { return !held })
		still = now
		q.Close()
	}
	return slices.Sorted(maps.Keys(still))
}

func duration(t *testing.T, s string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A store is a queryable one of a few series in memory.
type store []storage.Series

func fill(t *testing.T, one trial) (s store) {
	t.Helper()
	step := duration(t, one.Interval).Milliseconds()
	for _, in := range one.Series {
		l, values, err := grammar().ParseSeriesDesc(in.Series + " " + in.Values)
		if err != nil {
			t.Fatalf("%s: %v", in.Series, err)
		}
		var samples []chunks.Sample
		for i, v := range values {
			if !v.Omitted {
				samples = append(samples, sample{int64(i) * step, v.Value})
			}
		}
		s = append(s, storage.NewListSeries(l, samples))
	}
	return s
}

func (s store) Querier(int64, int64) (storage.Querier, error) {
	return querier{storage.NoopQuerier(), s}, nil
}

type querier struct {
	storage.Querier
	all store
}

func (q querier) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	set := &set{at: -1}
	for _, s := range q.all {
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(s.Labels().Get(m.Name)) }) {
			set.found = append(set.found, s)
		}
	}
	slices.SortFunc(set.found, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return set
}

type set struct {
	found []storage.Series
	at    int
}

func (s *set) Next() bool                        { s.at++; return s.at < len(s.found) }
func (s *set) At() storage.Series                { return s.found[s.at] }
func (s *set) Err() error                        { return nil }
func (s *set) Warnings() annotations.Annotations { return nil }

type sample struct {
	t int64
	v float64
}

func (s sample) T() int64                      { return s.t }
func (s sample) ST() int64                     { return 0 }
func (s sample) F() float64                    { return s.v }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return nil }
func (s sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample           { return s }
