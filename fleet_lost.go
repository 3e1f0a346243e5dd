package main

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"probity/crawler"
	"probity/pipeline"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
)

// A lead is lost whose answer came and never reached those who read it: the
// disk of its crawler went with it. It is asked for again; what is lost again
// and again, or when the run has lasted for as long as its campaign may, is a
// dead letter, and its source was not looked at whole.
const (
	lost      = "lost"
	lostWords = "应答已收到，但其采集机未送达存档 an answer came, and its crawler never sent it to the archive of all"
	mostAgain = 5 // so often a lead is asked for again
)

// A waiting is one going-through of a run by whoever leads.
type waiting struct {
	*fleet
	run      campaign.Run
	campaign evidence.Campaign
	began    time.Time
	asked    map[string]int // lead -> how often it was asked for again

	since  time.Time // nothing moved
	leads  int
	unread pipeline.Counts
}

func newWaiting(f *fleet, run campaign.Run, c evidence.Campaign) *waiting {
	now := time.Now()
	return &waiting{fleet: f, run: run, campaign: c, began: now, since: now, asked: map[string]int{}}
}

// over reports whether the run has lasted for as long as its campaign may.
func (w *waiting) over() bool {
	most := time.Duration(w.campaign.Budget.Minutes) * time.Minute
	return most > 0 && time.Since(w.began) >= most
}

// beside watches a run, and gives up meanwhile what will never be read.
func (w *waiting) beside(ctx context.Context, watch func(context.Context) error) error {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	g, inner := errgroup.WithContext(inner)
	g.Go(func() error { return w.every(inner, time.Second, "look for lost captures", w.look) })
	g.Go(func() error {
		defer stop()
		return watch(inner)
	})
	err := g.Wait()
	if ctx.Err() == nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	return err
}

// look gives up captures of a run that has nothing left but captures which the
// archive of all does not have, when it has been so for long enough.
func (w *waiting) look(ctx context.Context) error {
	counts, err := w.frontier.Counts(ctx, w.run.ID)
	if errors.Is(err, evidence.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	queue, err := w.captures.Len(ctx, w.run.ID)
	if err != nil {
		return err
	}
	unread := queue.Waiting + queue.Leased
	if still := counts.Empty() && unread > 0; !still || counts.Total() != w.leads || unread != w.unread.Waiting+w.unread.Leased {
		w.since, w.leads, w.unread = time.Now(), counts.Total(), queue
		return nil
	}
	patience := w.config.Archive.LostAfter
	if w.over() { // a crawler that is well has sent by then
		patience = min(patience, 2*w.config.Archive.SealAge+5*waitFor)
	}
	if time.Since(w.since) < patience {
		return nil
	}
	return w.giveUp(ctx)
}

func (w *waiting) giveUp(ctx context.Context) error {
	names, err := w.queue.Names(ctx, w.run.ID)
	if err != nil {
		return err
	}
	var never []string
	for _, name := range names {
		_, _, err := w.archive.Capture(ctx, name)
		if errors.Is(err, evidence.ErrNotFound) {
			never = append(never, name)
		} else if err != nil {
			return err
		}
	}
	w.since = time.Now() // what is there is being read
	n, err := w.queue.GiveUp(ctx, w.run.ID, lost+": "+lostWords, never...)
	if n > 0 {
		w.log.WarnContext(ctx, "captures are lost: no archive has them", slog.String("run", w.run.ID), slog.Int("captures", n))
	}
	return err
}

// whole makes sure that every lead which follows from the run's starts, from
// what was read and from redirects had an answer that was read, or came to
// nothing in a way that the frontier knows (MODEL 3). What is missing was lost
// when a server forgot its last moments, or with a crawler's disk: it is queued
// or opened again, or at last given up.
func (w *waiting) whole(ctx context.Context) (bool, error) {
	missing, err := w.missing(ctx, w.run, w.campaign)
	if err != nil || len(missing) == 0 {
		return err == nil, err
	}
	kept := map[string]bool{}
	err = w.eachKept(ctx, w.run.ID, func(c evidence.Capture) error {
		if _, ok := missing[c.Lead.Key()]; ok && readable(c) {
			kept[c.Lead.Key()] = true
			return w.captures.Put(ctx, w.run.ID, c.ID)
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	again, given := 0, 0
	for _, key := range slices.Sorted(maps.Keys(missing)) {
		l := missing[key]
		switch w.asked[key]++; {
		case w.asked[key] <= mostAgain && kept[key]:
			again++
		case w.asked[key] <= mostAgain && !w.over():
			n, err := w.frontier.Again(ctx, w.run.ID, w.manners(ctx, w.set.Sources[l.Source]), l)
			if err != nil {
				return false, err
			}
			again += n
		default:
			if err := w.lose(ctx, l); err != nil {
				return false, err
			}
			given++
		}
	}
	w.log.WarnContext(ctx, "what was lost on the way is under way again", slog.String("run", w.run.ID), slog.Int("leads", again), slog.Int("given_up", given))
	if again > 0 {
		w.measure(func(m *gauge.Meter) { m.Reopened(w.run.Campaign) })
	}
	return again == 0 && given > 0, nil
}

// lose makes a dead letter of a lead whose visit was settled. A run that its
// budget ended takes no lead up, so it is let go on for that moment.
func (w *waiting) lose(ctx context.Context, l evidence.Lead) error {
	counts, err := w.frontier.Counts(ctx, w.run.ID)
	if err != nil {
		return err
	}
	if counts.State == crawler.Killed {
		if err := w.frontier.Resume(ctx, crawler.Target{Run: w.run.ID}); err != nil {
			return err
		}
		defer func() {
			if ended := w.frontier.Kill(context.WithoutCancel(ctx), crawler.Target{Run: w.run.ID}, counts.Reason); ended != nil {
				w.log.WarnContext(ctx, "the run goes on over its budget", slog.String("run", w.run.ID), slog.Any("error", ended))
			}
		}()
	}
	if _, err := w.frontier.Again(ctx, w.run.ID, w.manners(ctx, w.set.Sources[l.Source]), l); err != nil {
		return err
	}
	_, err = w.frontier.Adopt(ctx, w.run.ID, l, crawler.Outcome{Result: crawler.Failed, Reason: lost, Detail: lostWords})
	return err
}
