package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// again begins a run of some pages only: no absence is judged of it, and
// nothing but these pages and their redirects is asked for (MODEL 3). Their
// hosts are visited as ever. In a fleet it is a wish to whoever leads.
func (h *house) again(ctx context.Context, id, source string, urls []string, who string) (run string, err error) {
	src, ok := h.set.Sources[source]
	if !ok {
		return "", fmt.Errorf("source %s: %w: 已不再声明 it is not declared any more", source, evidence.ErrConflict)
	}
	if h.word(ctx, crawler.AboutSource(source)).Killed {
		return "", fmt.Errorf("source %s: %w: 已停止采集，须先恢复 it is killed: resume it first", source, evidence.ErrForbidden)
	}
	c := evidence.Campaign{ID: id, Title: src.Title, Sources: []string{source}, Cohort: &evidence.Cohort{URLs: urls}}
	for _, u := range urls {
		if _, err := h.leadFor(c, u); err != nil {
			return "", fmt.Errorf("%s: %w: 不在来源现在的范围内 its source's scope is another now: %w", u, evidence.ErrConflict, err)
		}
	}
	if h.fleet != nil {
		last, err := h.fleet.lastRun(ctx, id)
		if err != nil {
			return "", err
		}
		_, err = h.fleet.board.Wish(ctx, order{Campaign: id, Who: who, Source: source, URLs: urls})
		return fmt.Sprintf("%s-%d", id, last.N+1), err
	}
	opened, err := h.begin(ctx, c, beginning{who: who, single: true})
	return opened.ID, err
}

// visitID names the campaign of visits to one page: while one is under way
// there is no second.
func visitID(l evidence.Lead) string { return "visit-" + l.Key()[:12] }

// mostAgainOnce is how many pages are asked for again in one run.
const mostAgainOnce = 500

// retry opens what a run gave up for a reason.
func (h *house) retry(ctx context.Context, run, reason, who string) (string, int, error) {
	r, err := h.runs.Get(ctx, run)
	if err != nil {
		return "", 0, fmt.Errorf("run %s: %w", run, err)
	}
	var keys []string
	urls := map[string][]string{} // by source
	err = h.eachDead(ctx, run, func(d crawler.DeadLetter) {
		if d.Reason == reason {
			keys = append(keys, d.Lead.Key())
			if d.Lead.Method == http.MethodGet && len(urls[d.Lead.Source]) < mostAgainOnce {
				urls[d.Lead.Source] = append(urls[d.Lead.Source], d.Lead.URL)
			}
		}
	})
	switch {
	case err != nil:
		return "", 0, err
	case len(keys) == 0:
		return "", 0, fmt.Errorf("run %s: %w: nothing was given up for %q", run, evidence.ErrNotFound, reason)
	case r.Closed.IsZero():
		n, err := h.frontier.Retry(ctx, run, keys...)
		return run, n, err
	case len(urls) == 0:
		return "", 0, fmt.Errorf("run %s: %w: 表单页由下次采集重试 it is closed, and what was posted is asked for by the next run", run, evidence.ErrConflict)
	}
	n := 0
	for _, source := range sortedKeys(urls) {
		slices.Sort(urls[source])
		id := "again-" + evidence.Digest("again", run, reason, source)[:12]
		if run, err = h.again(ctx, id, source, urls[source], who); err != nil {
			return "", n, err
		}
		n += len(urls[source])
	}
	return run, n, nil
}

// eachDead visits the dead letters of a run.
func (h *house) eachDead(ctx context.Context, run string, visit func(crawler.DeadLetter)) error {
	for after := ""; ; {
		some, next, err := h.frontier.DeadLetters(ctx, run, after, 500)
		if errors.Is(err, evidence.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, d := range some {
			visit(d)
		}
		if after = next; after == "" {
			return nil
		}
	}
}
