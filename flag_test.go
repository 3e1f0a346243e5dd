package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"probity/pipeline/evidence"
)

// What robots.txt asks and does not get in full stands in the run's report, by
// host, whether the page could be read or not.
func TestAFlagOfRobotsStandsInTheReport(t *testing.T) {
	t.Parallel()
	h := &house{log: slog.New(slog.DiscardHandler)}
	src := evidence.Source{ID: "court"}
	x := evidence.Exchange{Capture: evidence.Capture{
		Lead: evidence.Lead{Method: http.MethodGet, URL: "http://slow.example/a", Source: src.ID}, Status: http.StatusNotFound,
		Robots: evidence.RobotsDecision{Allowed: true, Flag: "asks for an hour"},
	}}
	_, sum, err := h.reading(src, x)
	if err != nil {
		t.Fatal(err)
	}
	sum.Add(sum)
	var out bytes.Buffer
	SourceReport{Title: "法院", Sum: sum}.lines(&printer{w: &out}, src.ID)
	if want := "请注意 attention: slow.example: asks for an hour ×2"; !strings.Contains(out.String(), want) {
		t.Errorf("the report says %s, want %q", out.String(), want)
	}
}
