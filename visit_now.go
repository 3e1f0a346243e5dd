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
		return "", saying(evidence.ErrConflict, "来源 %s 已不再声明 this source is not declared any more", source)
	}
	if h.word(ctx, crawler.AboutSource(source)).Killed {
		return "", saying(evidence.ErrForbidden, "来源 %s 已停止采集，须先在指令页恢复 this source was stopped: resume it on the page of orders first", source)
	}
	c := evidence.Campaign{ID: id, Title: src.Title, Sources: []string{source}, Cohort: &evidence.Cohort{URLs: urls}}
	for _, u := range urls {
		if _, err := h.leadFor(c, u); err != nil {
			return "", saying(evidence.ErrConflict, "%s 不在来源 %s 现在的范围内 is outside the scope of its source now; probity explain 说明原因 tells why", u, source)
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
		return "", 0, noRun().or(err, run)
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
		return "", 0, saying(evidence.ErrNotFound, "运行 %s 没有因此放弃的页面 this run gave up nothing for this reason: %s. 失败页按原因列出 the page of failures lists the reasons", run, short(reason))
	case r.Closed.IsZero():
		n, err := h.frontier.Retry(ctx, run, keys...)
		return run, n, err
	case len(urls) == 0:
		return "", 0, saying(evidence.ErrConflict, "运行 %s 已结束，表单页由下次采集重试 this run is closed, and what was posted is asked for by the next run", run)
	}
	n, opened := 0, ""
	for _, source := range sortedKeys(urls) {
		slices.Sort(urls[source])
		id := "again-" + evidence.Digest("again", run, reason, source)[:12]
		if opened, err = h.again(ctx, id, source, urls[source], who); err != nil {
			return "", n, err
		}
		n += len(urls[source])
	}
	return opened, n, nil
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
