package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"probity/indexer"
	"probity/indexer/esindex"
	"probity/pipeline/elastic"
)

// A reader searches every few milliseconds, and remembers what was not as it
// should be.
type reader struct {
	index *esindex.Index
	want  map[string]int // words -> documents
	asked atomic.Int64
	stop  context.CancelFunc
	work  sync.WaitGroup
}

// reading begins to search what a fleet has indexed.
func reading(t *testing.T, c Config, words ...string) *reader {
	t.Helper()
	client, err := elastic.Open(elastic.Settings{Addresses: c.Elasticsearch.Addresses, Prefix: c.Elasticsearch.Prefix})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	r := &reader{want: map[string]int{}}
	if r.index, err = esindex.New(t.Context(), client, esindex.Settings{}); err != nil {
		t.Fatal(err)
	}
	for _, w := range words {
		page, err := r.index.Search(t.Context(), indexer.Query{Words: w, Size: 1})
		if err != nil || page.Total == 0 {
			t.Fatalf("%q: %d documents, %v", w, page.Total, err)
		}
		r.want[w] = page.Total
	}
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	for _, w := range words {
		r.work.Go(func() {
			for rest(ctx, 5*time.Millisecond) {
				page, err := r.index.Search(context.WithoutCancel(ctx), indexer.Query{Words: w, Size: 1})
				if err != nil || page.Total != r.want[w] {
					t.Errorf("a search for %q finds %d documents, %v, want %d", w, page.Total, err, r.want[w])
					return
				}
				r.asked.Add(1)
			}
		})
	}
	return r
}

// Who searches a fleet does not notice that its index is made again, nor that
// the one before takes over again; nobody is stopped for it.
func TestAFleetIsRebuiltUnnoticed(t *testing.T) {
	c := fleetConfig(t)
	bin, file := buildBinary(t), settingsFile(t, c)
	fleet := t.TempDir()
	if _, err := binary(t.Context(), bin, "-config", file, "demo", "-once", "-campaign", "small", "-data", fleet); err != nil {
		t.Fatal(err)
	}
	before, err := binary(t.Context(), bin, "-config", file, "bodies", "-data", fleet)
	if err != nil {
		t.Fatal(err)
	}
	leader := c
	leader.Declarations, leader.Data, leader.Worker = []string{filepath.Join(fleet, "declarations")}, t.TempDir(), "leader"
	leader.Serve.Listen, leader.Metrics.Listen = free(t), free(t)
	started(t.Context(), t, bin, leader, "run", roleEvaluate, roleServe)
	shows(t.Context(), t, "http://"+leader.Metrics.Listen+"/readyz", 200, "ready")
	other := leader
	other.Data, other.Worker = t.TempDir(), "rebuilder"
	file = settingsFile(t, other)
	r := reading(t, c, "", "公司", "处罚")
	for _, args := range [][]string{{"rebuild"}, {"rebuild", "-back"}, {"rebuild"}} {
		seen := r.asked.Load()
		out, err := binary(t.Context(), bin, append([]string{"-config", file}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d searches meanwhile: %s", strings.Join(args, " "), r.asked.Load()-seen, out)
		after, err := binary(t.Context(), bin, "-config", file, "bodies", "-data", fleet)
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("other bodies after %v: %v, %s", args, err, firstDifference(after, before))
		}
	}
	r.stop()
	r.work.Wait()
	if n := r.asked.Load(); n < 100 {
		t.Errorf("only %d searches", n)
	}
}
