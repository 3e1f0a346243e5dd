package main

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"probity/crawler"
	"probity/pipeline/archive"
	"probity/pipeline/campaign"
	"probity/pipeline/esreadings"
	"probity/pipeline/evidence"
)

// totals are what runs have read, asked of the index now and then.
type totals struct {
	mu  sync.Mutex
	at  map[string]time.Time
	sum map[string]esreadings.Totals
}

func (f *fleet) total(ctx context.Context, run string) (esreadings.Totals, error) {
	f.totals.mu.Lock()
	defer f.totals.mu.Unlock()
	if time.Since(f.totals.at[run]) < time.Second {
		return f.totals.sum[run], nil
	}
	sum, err := f.readings.Totals(ctx, run)
	if err != nil {
		return sum, err
	}
	if f.totals.at == nil {
		f.totals.at, f.totals.sum = map[string]time.Time{}, map[string]esreadings.Totals{}
	}
	f.totals.at[run], f.totals.sum[run] = time.Now(), sum
	return sum, nil
}

// progress asks the frontier, the queue and the frontier again: a lead that
// was settled has its capture queued before, and a capture that was read has
// left its leads before. So if the frontier was empty, then the queue, and no
// lead came meanwhile, nothing was ever between the two.
func (f *fleet) progress(ctx context.Context, run campaign.Run) (Progress, bool, error) {
	before, err := f.frontier.Counts(ctx, run.ID)
	if err != nil {
		return Progress{}, false, err
	}
	queue, err := f.captures.Len(ctx, run.ID)
	if err != nil {
		return Progress{}, false, err
	}
	p := progressOf(run, before, queue)
	_, declared := f.set.Campaigns[run.Campaign]
	begun := declared || before.Total() > 0 // an intake that nobody has handed a file in to yet
	over := before.Empty() && queue.Empty() && before.State != crawler.Paused && begun
	if over {
		after, err := f.frontier.Counts(ctx, run.ID)
		if err != nil {
			return p, false, err
		}
		over = after.Empty() && after.Total() == before.Total()
	}
	sum, err := f.total(ctx, run.ID)
	p.Captures, p.Records, p.Bytes = sum.Captures, sum.Records, sum.Bytes
	return p, over, err
}

// await watches while crawlers and extractors work, until the run is over and
// nothing of it was lost on the way.
func (f *fleet) await(ctx context.Context, run campaign.Run, c evidence.Campaign, show func(Progress)) error {
	if err := f.patiently(ctx, "open captures again", func() error { _, err := f.captures.Retry(ctx, run.ID); return err }); err != nil {
		return err
	}
	w := newWaiting(f, run, c)
	for {
		err := f.patiently(ctx, "watch run", func() error {
			return w.beside(ctx, func(ctx context.Context) error { return f.watch(ctx, run, c, show) })
		})
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		whole := false
		err = f.patiently(ctx, "hold run against its captures", func() (err error) { whole, err = w.whole(ctx); return err })
		if err != nil || whole {
			return err
		}
	}
}

// missing are the leads of a run that nobody can account for, by key.
func (f *fleet) missing(ctx context.Context, run campaign.Run, c evidence.Campaign) (map[string]evidence.Lead, error) {
	due := map[string]evidence.Lead{}
	add := func(leads []evidence.Lead) {
		for _, some := range f.asked(run, leads) {
			for _, l := range some {
				due[l.Key()] = l
			}
		}
	}
	starts, err := f.startsOf(ctx, run, c)
	if err != nil {
		return nil, err
	}
	add(starts)
	var read []string
	err = f.readings.OfRun(ctx, run.ID, func(_ string, g esreadings.Reading) error {
		read = append(read, g.Capture.Lead.Key())
		if g.Capture.Status == 0 {
			return nil
		}
		add(g.Reading.Leads)
		s, err := f.adopted(g.Capture)
		add(s.Follow)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, key := range read {
		delete(due, key)
	}
	if len(due) == 0 {
		return nil, nil
	}
	err = f.frontier.Leads(ctx, run.ID, func(l evidence.Lead, state, _ string) {
		if state != string(crawler.Done) {
			delete(due, l.Key())
		}
	})
	if err != nil {
		return nil, err
	}
	letters, err := f.captures.Dead(ctx, run.ID)
	if err != nil || len(letters) == 0 {
		return due, err
	}
	dead := map[string]bool{}
	for _, l := range letters {
		dead[l.Name] = true
	}
	return due, f.eachKept(ctx, run.ID, func(c evidence.Capture) error {
		if dead[c.ID] {
			delete(due, c.Lead.Key()) // unread, and counted as that
		}
		return nil
	})
}

// sums adds up the readings of a run, and seals which they are: the run is
// what was read when it closed, whoever comes with more.
func (f *fleet) sums(ctx context.Context, run campaign.Run) (campaign.Sums, map[string]campaign.Asked, []string, error) {
	sums, asked, latest := campaign.Sums{}, map[string]campaign.Asked{}, map[string]esreadings.Reading{}
	var ids []string
	err := f.readings.OfRun(ctx, run.ID, func(id string, g esreadings.Reading) error {
		ids = append(ids, id)
		g.Reading.Records, g.Reading.Leads = nil, nil
		key := g.Capture.Lead.Key()
		src := f.set.Sources[g.Capture.Lead.Source]
		asked[key] = campaign.Asked{Source: src.ID, Subject: campaign.Subject(src, g.Capture.Lead)}
		if before, ok := latest[key]; !g.Capture.OK() || ok && !before.Capture.Time.Before(g.Capture.Time) {
			if !g.Capture.OK() {
				campaign.At(sums, src.ID, asked[key].Subject).Add(g.Sum)
			}
			return nil
		}
		latest[key] = g // of a page that was asked twice, the later answer counts
		return nil
	})
	if err != nil {
		return nil, nil, nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(latest)) {
		g := latest[key]
		known, err := f.runs.KnownBefore(ctx, g.Capture)
		if err != nil {
			return nil, nil, nil, err
		}
		if known {
			g.Sum.Unchanged = 1
		}
		campaign.At(sums, asked[key].Source, asked[key].Subject).Add(g.Sum)
	}
	read, err := f.sealIDs(ctx, ids)
	return sums, asked, read, err
}

// listed is how many ids one list holds.
const listed = 10_000

func (f *fleet) sealIDs(ctx context.Context, ids []string) (digests []string, err error) {
	slices.Sort(ids)
	if len(ids) == 0 {
		digest, err := f.seal(ctx, []string{})
		return []string{digest}, err
	}
	for some := range slices.Chunk(ids, listed) {
		digest, err := f.seal(ctx, some)
		if err != nil {
			return nil, err
		}
		digests = append(digests, digest)
	}
	return digests, nil
}

// eachKept visits the captures of a run that the archive has.
func (f *fleet) eachKept(ctx context.Context, run string, visit func(evidence.Capture) error) error {
	return f.registry.OfRun(ctx, run, func(l archive.Listed) error { return visit(l.Capture) })
}
