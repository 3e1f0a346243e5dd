package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"probity/pipeline"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// doLetters lists what was given up, and why, and opens it again.
func doLetters(ctx context.Context, sh shell, c Config, args []string) error {
	return dispatch(ctx, sh, c, "letters", []verb{
		{"list", "[-json] RUN", doLettersList},
		{"retry", "RUN [KEY|ID...]", doLettersRetry},
	}, args)
}

// A letter of any kind, as it is listed. Name is what retry takes.
type deadLetter struct {
	Kind     string    `json:"kind"` // lead, capture, document
	Name     string    `json:"name"`
	About    string    `json:"about,omitempty"`
	Reason   string    `json:"reason"`
	Attempts int       `json:"attempts"`
	Time     time.Time `json:"time"`
}

func doLettersList(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("letters list", &c)
	names, err := w.arguments(sh, args, 1, 1, "[-json] RUN")
	if err != nil {
		return err
	}
	return with(ctx, sh, c, datadir.Command, func(h *house) error {
		all, err := h.letters(ctx, names[0])
		if err != nil {
			return err
		}
		if w.json {
			return printJSON(sh.out, all)
		}
		p := printer{w: sh.out}
		for _, l := range all {
			p.line("%-8s %s  %s  尝试 attempts %d  %s\n         %s", l.Kind, l.Time.In(evidence.Shanghai).Format("2006-01-02 15:04:05"), l.Name, l.Attempts, l.About, l.Reason)
		}
		if len(all) == 0 {
			p.line("没有死信 nothing of %s was given up", names[0])
		}
		return p.err
	})
}

// letters are all that a run gave up: leads, captures that nobody could read,
// and in a fleet documents that the index refused.
func (h *house) letters(ctx context.Context, run string) ([]deadLetter, error) {
	if _, err := h.runs.Get(ctx, run); err != nil && (h.fleet == nil || run != rebuildingRun) {
		return nil, err
	}
	var all []deadLetter
	for after := ""; ; {
		some, next, err := h.frontier.DeadLetters(ctx, run, after, 500)
		if err != nil && !errors.Is(err, evidence.ErrNotFound) {
			return nil, err
		}
		for _, l := range some {
			all = append(all, deadLetter{"lead", l.Lead.Key(), l.Lead.URL, l.Reason + " " + l.Detail, l.Attempts, l.Time})
		}
		if after = next; after == "" {
			break
		}
	}
	queues := map[string]pipeline.Letters{"capture": h.captures}
	if h.fleet != nil {
		queues["document"] = h.fleet.refused
	}
	for _, kind := range sortedKeys(queues) {
		some, err := queues[kind].Dead(ctx, run)
		if err != nil {
			return nil, err
		}
		for _, l := range some {
			all = append(all, deadLetter{kind, l.Name, "", l.Reason, l.Attempts, l.Time})
		}
	}
	return all, nil
}

func doLettersRetry(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("letters retry", &c)
	names, err := w.arguments(sh, args, 1, -1, "RUN [KEY|ID...]")
	if err != nil {
		return err
	}
	return with(ctx, sh, c, datadir.Command, func(h *house) error {
		run, err := h.runs.Get(ctx, names[0])
		if h.fleet != nil && names[0] == rebuildingRun {
			run, err = campaign.Run{ID: rebuildingRun, Closed: h.now()}, nil
		}
		if err != nil {
			return err
		}
		documents := 0
		if h.fleet != nil { // they are nobody's to fetch, so the run may be over
			if documents, err = h.fleet.refused.Retry(ctx, run.ID, names[1:]...); err != nil {
				return err
			}
		}
		if !run.Closed.IsZero() {
			if documents > 0 {
				_, err = fmt.Fprintf(sh.out, "%s: 重新提交 offered again: %d 份文档 documents\n", run.ID, documents)
				return err
			}
			return fmt.Errorf("letters retry %s: %w: 该次采集已结束 the run is closed: what it gave up is asked for again by the campaign's next run", run.ID, evidence.ErrConflict)
		}
		leads, err := h.frontier.Retry(ctx, run.ID, names[1:]...)
		if err != nil {
			return err
		}
		captures, err := h.captures.Retry(ctx, run.ID, names[1:]...)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sh.out, "%s: 重新打开 opened again: %d 条线索 leads, %d 份存档 captures\n", run.ID, leads, captures+documents)
		return err
	})
}
