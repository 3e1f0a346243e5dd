package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"probity/api/doors"
	"probity/crawler"
	"probity/crawler/robots"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// Hosts implements doors.Operations.
func (c *conductor) Hosts(ctx context.Context) ([]doors.Host, error) {
	all, err := hostStates(ctx, c.house)
	if err != nil {
		return nil, err
	}
	flags, err := c.flagged(ctx)
	for i, s := range all {
		all[i].Flag = flags[s.Host]
	}
	return all, err
}

func hostStates(ctx context.Context, h *house, names ...string) ([]doors.Host, error) {
	states, err := h.frontier.Hosts(ctx, names...)
	if err != nil {
		return nil, err
	}
	out := make([]doors.Host, len(states))
	for i, s := range states {
		out[i] = doors.Host{
			Host: s.Host, Group: s.Group, State: s.State, Reason: s.Reason, Gap: s.Gap, By: "declared", Rests: s.Rests, Last: s.Ended, Next: s.Next,
			Open: s.Open, Leased: s.Leased,
		}
		switch {
		case s.Delay > 0 && s.Gap == s.Delay:
			out[i].By = "slow"
		case s.Ordered > 0:
			out[i].By = "ordered"
		}
	}
	return out, nil
}

// OrderHost implements doors.Operations.
func (c *conductor) OrderHost(ctx context.Context, host string, w doors.Order, who string) error {
	_, err := c.order(ctx, crawler.AboutHost(strings.ToLower(host)), who, w.Why, func(o *crawler.Order) error {
		switch w.Verb {
		case doors.Pause, doors.Resume:
			o.Paused = w.Verb == doors.Pause
		case doors.Delay:
			o.Gap = w.Delay
		default:
			return invalid("host %s: 没有此指令 no order %q: there are pause, resume and delay", host, w.Verb)
		}
		return nil
	})
	return err
}

// OrderSource implements doors.Operations.
func (c *conductor) OrderSource(ctx context.Context, id string, w doors.Order, who string) error {
	_, err := c.order(ctx, crawler.AboutSource(id), who, w.Why, func(o *crawler.Order) error {
		switch w.Verb {
		case doors.Kill, doors.Resume:
			o.Killed = w.Verb == doors.Kill
		case doors.Delay:
			o.Gap = w.Delay
		default:
			return invalid("source %s: 没有此指令 no order %q: there are kill, resume and delay", id, w.Verb)
		}
		return nil
	})
	return err
}

// OrderCampaign implements doors.Operations.
func (c *conductor) OrderCampaign(ctx context.Context, id string, b *evidence.Budget, why, who string) error {
	_, err := c.order(ctx, crawler.AboutCampaign(id), who, why, func(o *crawler.Order) error { o.Budget = b; return nil })
	return err
}

// Given implements doors.Operations.
func (c *conductor) Given(ctx context.Context, limit int) ([]doors.Given, error) {
	all, err := c.given(ctx, "", limit)
	if err != nil {
		return nil, err
	}
	force, _, err := c.frontier.InForce(ctx, -1)
	out := make([]doors.Given, len(all))
	for i, o := range all {
		out[i] = *givenOf(o, force[o.About].Version == o.Version)
	}
	return out, err
}

// newest are the newest run of each campaign, and of visits what is open.
func (c *conductor) newest(ctx context.Context) ([]campaign.Run, error) {
	runs, err := c.runs.All(ctx)
	if err != nil {
		return nil, err
	}
	last := map[string]campaign.Run{}
	for _, r := range runs { // by number
		if _, declared := c.set.Campaigns[r.Campaign]; declared || r.State != campaign.Closed {
			last[r.Campaign] = r
		}
	}
	var out []campaign.Run
	for _, id := range sortedKeys(last) {
		out = append(out, last[id])
	}
	return out, nil
}

// examples is how many pages are named of each failure.
const examples = 5

// Failures implements doors.Operations.
func (c *conductor) Failures(ctx context.Context) ([]doors.Failure, error) {
	return c.tally(ctx, func(run campaign.Run, count counter) error {
		return c.eachDead(ctx, run.ID, func(d crawler.DeadLetter) {
			count(d.Lead.URL, doors.Failure{Reason: d.Reason, Words: faultWords(d.Reason)})
		})
	})
}

// Refusals implements doors.Operations.
func (c *conductor) Refusals(ctx context.Context) ([]doors.Failure, error) {
	files := map[string]kept{} // by where each stands
	return c.tally(ctx, func(run campaign.Run, count counter) error {
		var fault error
		err := c.frontier.Leads(ctx, run.ID, func(l evidence.Lead, state, reason string) {
			if state != "refused" || fault != nil {
				return
			}
			f := doors.Failure{Host: l.Host(), Reason: reason}
			if at := robotsOf(l.URL); strings.HasPrefix(reason, "robots_") && at != "" {
				k, known := files[at]
				if !known {
					k, fault = c.keptRobots(ctx, at)
					files[at] = k
				}
				f.Robots, f.File = k.judge(l.URL)
			}
			count(l.URL, f)
		})
		return errors.Join(err, fault)
	})
}

// A kept robots.txt is the newest that the archive has of an origin.
type kept struct {
	capture string
	decide  func(string) evidence.RobotsDecision // nil: there is none that could be read
}

func (k kept) judge(address string) (*evidence.RobotsDecision, string) {
	if k.decide == nil {
		return nil, k.capture
	}
	d := k.decide(address)
	return &d, k.capture
}

func (h *house) keptRobots(ctx context.Context, at string) (kept, error) {
	files, err := h.robotsFiles(ctx, at)
	if err != nil || !files.last.OK() {
		return kept{capture: files.last.ID}, err
	}
	x, err := h.archive.Open(ctx, files.last.ID)
	if err != nil {
		return kept{}, err
	}
	return kept{files.last.ID, robots.Read(x.Body, h.config.Crawl.Agent)}, nil
}

// A counter takes one page that failed as f says.
type counter func(url string, f doors.Failure)

// tally counts, by host and reason, what each finds of the newest runs.
func (c *conductor) tally(ctx context.Context, each func(campaign.Run, counter) error) ([]doors.Failure, error) {
	runs, err := c.newest(ctx)
	if err != nil {
		return nil, err
	}
	var out []doors.Failure
	for _, run := range runs {
		by := map[string]*doors.Failure{}
		err := each(run, func(url string, f doors.Failure) {
			key := f.Host + " " + f.Reason
			if f.Robots != nil {
				key += fmt.Sprintf(" %06d", f.Robots.Line)
			}
			if by[key] == nil {
				f.Run, f.Campaign, f.Open = run.ID, run.Campaign, run.Closed.IsZero()
				by[key] = &f
			}
			seen := by[key]
			if seen.N++; len(seen.Examples) < examples {
				seen.Examples = append(seen.Examples, url)
			}
		})
		if err != nil {
			return nil, err
		}
		for _, key := range sortedKeys(by) {
			out = append(out, *by[key])
		}
	}
	return out, nil
}

// faultWords are a reason's, without the reason itself.
func faultWords(reason string) string {
	return strings.TrimSpace(strings.TrimPrefix(fault(reason), reason))
}

// Retry implements doors.Operations.
func (c *conductor) Retry(ctx context.Context, run, reason, who string) (doors.Retried, error) {
	id, n, err := c.retry(ctx, run, reason, who)
	return doors.Retried{Run: id, Leads: n}, err
}

// VisitNow implements doors.Operations.
func (c *conductor) VisitNow(ctx context.Context, capture, who string) (string, error) {
	x, err := proofs{c.house}.Capture(ctx, capture)
	if err != nil {
		return "", err
	}
	l := x.Capture.Lead
	if l.Method != http.MethodGet || l.View == crawler.RobotsView || l.View == evidence.PartView || x.Capture.Status == 0 {
		return "", saying(evidence.ErrConflict, "只有以网址取得的网页可以立即访问 only a page that is asked for by its address can be visited now: %s", l.URL)
	}
	return c.again(ctx, visitID(l), l.Source, []string{l.URL}, who)
}

// Estimate implements doors.Operations.
func (c *conductor) Estimate(ctx context.Context, id string) (doors.Estimate, error) {
	k, ok := c.set.Campaigns[id]
	if !ok {
		return doors.Estimate{}, c.noCampaign(id)
	}
	e, err := c.estimate(ctx, k)
	if err != nil {
		return doors.Estimate{}, err
	}
	return doors.Estimate{Campaign: id, Pages: e.Pages, Requests: e.Requests, Seconds: e.Seconds, Sure: e.Sure, Words: e.words()}, nil
}

// Calendar implements doors.Operations.
func (c *conductor) Calendar(ctx context.Context, days int) (doors.Calendar, error) {
	var out doors.Calendar
	now := c.now()
	for _, id := range sortedKeys(c.set.Campaigns) {
		k := c.set.Campaigns[id]
		notices, err := c.runs.Notices(ctx, id, 20)
		if err != nil {
			return out, err
		}
		for _, n := range notices {
			if n.Schedule == "" { // not the one that only says which schedule it is
				out.Past = append(out.Past, doors.Notice{Campaign: id, Do: n.Do, Due: n.Due, Missed: n.Missed, Reason: n.Reason, Words: n.Words})
			}
		}
		due, err := c.due(ctx, k, now, time.Duration(days)*24*time.Hour)
		if err != nil {
			return out, err
		}
		out.Due = append(out.Due, due...)
	}
	slices.SortStableFunc(out.Due, func(a, b doors.Due) int { return a.At.Compare(b.At) })
	slices.SortStableFunc(out.Past, func(a, b doors.Notice) int { return b.Due.Compare(a.Due) })
	return out, nil
}

// mostDue is how many times of one campaign a calendar shows.
const mostDue = 60

func (c *conductor) due(ctx context.Context, k evidence.Campaign, now time.Time, within time.Duration) (out []doors.Due, err error) {
	table, err := c.times(k)
	if err != nil {
		return nil, err
	}
	seen, err := c.runs.Seen(ctx, k.ID)
	if err != nil {
		return nil, err
	}
	if !seen.Waiting.IsZero() {
		out = append(out, doors.Due{At: seen.Waiting, Campaign: k.ID, Title: k.Title, State: doors.DueWaiting, Words: seen.Reason})
	}
	last, err := c.lastFigures(ctx, k.ID)
	if err != nil {
		return nil, err
	}
	var takes time.Duration
	if len(last) > 0 {
		takes = time.Duration(last[0].Seconds * float64(time.Second))
	}
	var busy time.Time // until when the run before will go on
	for _, d := range table.Ahead(now, within, mostDue) {
		at := doors.Due{At: d.At, Campaign: k.ID, Title: k.Title, State: doors.DueOpen}
		switch {
		case !d.Blocked.Open:
			at.State, at.Words = doors.DueBlocked, d.Blocked.Reason+" "+d.Blocked.Words
		case busy.After(d.At):
			at.State, at.Words = doors.DueOverlap, "上次历时 the last took "+lasting(takes.Seconds())
		default:
			busy = d.At.Add(takes)
		}
		out = append(out, at)
	}
	return out, nil
}

// Disk implements doors.Operations.
func (c *conductor) Disk(context.Context) (doors.Disk, error) {
	free, err := datadir.Free(c.dir.Path())
	out := doors.Disk{Free: int64(free), Least: max(0, c.config.Crawl.Free), Folder: filepath.Base(c.dir.Path())}
	for _, name := range []string{"archive", "ledger", "probity.db"} {
		part := doors.Part{Name: name}
		walk := filepath.WalkDir(c.dir.Path(name), func(_ string, d fs.DirEntry, err error) error {
			if errors.Is(err, os.ErrNotExist) { // taken away meanwhile, or never there
				return nil
			}
			if err != nil || d.IsDir() {
				return err
			}
			if info, err := d.Info(); err == nil {
				part.Bytes, part.Files = part.Bytes+info.Size(), part.Files+1
			}
			return nil
		})
		err = errors.Join(err, walk)
		out.Parts = append(out.Parts, part)
	}
	return out, err
}

func figuresOf(f campaign.Figures) doors.Figures {
	return doors.Figures{Asked: f.Asked, Fetched: f.Fetched, Failed: f.Failed, Kinds: f.Kinds, Bytes: f.Bytes, Seconds: f.Seconds}
}
