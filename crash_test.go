package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"probity/crawler"
	"probity/deploy/world"
	"probity/pipeline/archive"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
)

// A commitPoint is where a kill may come, and how often a small run passes it
// at least.
type commitPoint struct {
	name   string
	passes int
}

// outside is no commit point: the kill comes from outside, so many
// milliseconds after the start.
const outside = "outside"

// gathering are the points that a run passes with every page.
func gathering() []commitPoint {
	return []commitPoint{
		{"warc_append", 30}, {"warc_sync", 25}, {"settle", 30}, {"record", 25}, {"settled", 30}, {"fetch", 30}, {"keep", 30}, {"kept", 30}, {outside, 900},
	}
}

// concluding are those that it passes when it begins and ends.
func concluding() []commitPoint {
	return []commitPoint{
		{"resolve", 1}, {"ledger", 3}, {"close", 1}, {"ledger_append", 3}, {"ledger_sync", 3}, {"issue", 1}, {"closed", 1}, {"warc_seal", 1},
	}
}

// TestKilledAnywhere kills the built binary with SIGKILL at commit points,
// starts it again until it ends, and finds the same bodies as after an
// undisturbed run, every settled exchange once in the archive, and a ledger
// that nothing was lost from. PROBITY_CRASH is how many kills there are.
func TestKilledAnywhere(t *testing.T) {
	kills := 8
	if s := os.Getenv("PROBITY_CRASH"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("PROBITY_CRASH=%s: want a number of kills", s)
		}
		kills = n
	}
	bin := buildBinary(t)
	whole := filepath.Join(t.TempDir(), "undisturbed")
	if killed, err := start(t, bin, whole, ""); err != nil || killed {
		t.Fatalf("an undisturbed run: killed %t, %v", killed, err)
	}
	want := bodiesOf(t, whole)
	stories := tell(kills)
	var g errgroup.Group
	g.SetLimit(min(4, runtime.GOMAXPROCS(0)))
	for i, story := range stories {
		g.Go(func() error {
			dir := filepath.Join(t.TempDir(), strconv.Itoa(i))
			defer func() { _ = os.RemoveAll(dir) }()
			lose := i%4 == 0 && gathers(story[0]) // a run that was killed while it gathered loses its index too
			if err := suffer(t, bin, dir, story, want, lose); err != nil {
				return fmt.Errorf("story %d %v: %w", i, story, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	count := map[string]int{}
	for _, story := range stories {
		for _, mark := range story {
			point, _, _ := strings.Cut(mark, ":")
			count[point]++
		}
	}
	t.Logf("%d kills in %d runs: %v", kills, len(stories), count)
	for _, p := range []string{"warc_append", "warc_sync", "settle", "record", "resolve", "ledger", "close"} {
		if kills >= 200 && count[p] < 10 {
			t.Errorf("%s: %d kills, want at least ten", p, count[p])
		}
	}
}

// tell seeds the stories: each is a run with some kills while it gathers and
// some while it concludes, as POINT:PASSAGE. Every point has its turn.
func tell(kills int) (stories [][]string) {
	rng := rand.New(rand.NewPCG(20261102, 3))
	mark := func(p commitPoint) string { return fmt.Sprintf("%s:%d", p.name, 1+rng.IntN(p.passes)) }
	early, late := gathering(), concluding()
	for i, told := 0, 0; told < kills; i++ {
		story := []string{mark(early[2*i%len(early)]), mark(early[(2*i+1)%len(early)]), mark(late[2*i%len(late)]), mark(late[(2*i+1)%len(late)])}
		if i%3 == 2 { // what comes after the end meets the next run
			rng.Shuffle(len(story), func(a, b int) { story[a], story[b] = story[b], story[a] })
		}
		story = story[:min(len(story), kills-told)]
		stories, told = append(stories, story), told+len(story)
	}
	return stories
}

// gathers reports whether a commit point comes before a run concludes.
func gathers(mark string) bool {
	point, _, _ := strings.Cut(mark, ":")
	return point != outside && slices.ContainsFunc(gathering(), func(p commitPoint) bool { return p.name == point })
}

// loseIndex leaves nothing but archive and ledger, and has the index made
// again from them in the middle of the run.
func loseIndex(t *testing.T, dir string) error {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "probity.db*"))
	for _, f := range files {
		err = errors.Join(err, os.Remove(f))
	}
	if err != nil {
		return err
	}
	_, err = probity(t, "rebuild", "-data", dir)
	return err
}

// suffer goes through one story and compares what is left in the end.
func suffer(t *testing.T, bin, dir string, story []string, want []byte, lose bool) error {
	t.Helper()
	for i, mark := range story {
		point, passage, _ := strings.Cut(mark, ":")
		n, err := strconv.Atoi(passage)
		killed := false
		for try := 0; err == nil && !killed; try++ { // a start that was not killed had fewer passages before it, or ended a run
			if try > 8 {
				return fmt.Errorf("%s: no start ever passes it", mark)
			}
			killed, err = start(t, bin, dir, fmt.Sprintf("%s:%d", point, max(1, n>>try)))
		}
		if i == 0 && lose && err == nil {
			err = loseIndex(t, dir)
		}
		if err != nil {
			return err
		}
	}
	if killed, err := start(t, bin, dir, ""); err != nil || killed {
		return fmt.Errorf("the last start: killed %t: %w", killed, err)
	}
	if got := bodiesOf(t, dir); !bytes.Equal(got, want) {
		return fmt.Errorf("other bodies than undisturbed: %s", firstDifference(got, want))
	}
	return holdTruth(t, dir)
}

// start runs the small campaign with the built binary and reports whether the
// mark killed it. A run that does not end within a minute is a fault.
func start(t *testing.T, bin, dir, mark string) (killed bool, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, bin, "demo", "-once", "-campaign", "small", "-data", dir)
	var complaints bytes.Buffer
	c.Stderr = &complaints
	if after, ok := strings.CutPrefix(mark, outside+":"); ok {
		pause, perr := time.ParseDuration(after + "ms")
		if err := errors.Join(perr, c.Start()); err != nil {
			return false, err
		}
		defer time.AfterFunc(pause, func() { _ = c.Process.Kill() }).Stop()
		err = c.Wait()
	} else {
		c.Env = append(os.Environ(), "PROBITY_MARK="+mark)
		err = c.Run()
	}
	if ctx.Err() != nil {
		return false, fmt.Errorf("start with mark %q: it did not end: %w", mark, ctx.Err())
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL && mark != "" {
			return true, nil
		}
	}
	if err != nil {
		return false, fmt.Errorf("start with mark %q: %w: %s", mark, err, complaints.Bytes())
	}
	return false, nil
}

// holdTruth looks at archive and ledger themselves: every settled exchange is
// in the archive exactly once and readable, nothing is there that was not
// settled, no entry of the ledger was said twice or lost.
func holdTruth(t *testing.T, dir string) error {
	t.Helper()
	c := DefaultConfig()
	c.Data = dir
	h, err := openHouse(t.Context(), quiet(io.Discard), c, datadir.Command, world.Declarations())
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }() // read only
	return errors.Join(holdArchive(t.Context(), h), holdLedger(t.Context(), h))
}

func holdArchive(ctx context.Context, h *house) error {
	kept := map[string]int{} // by run and lead
	err := h.archive.Scan(ctx, func(c evidence.Capture, at archive.Location) error {
		if x, err := h.archive.Open(ctx, c.ID); err != nil || x.Capture.Content != c.Content {
			return fmt.Errorf("capture at %s: %w", at, err)
		}
		if again := c.Status == http.StatusTooManyRequests || c.Status >= 500; c.Lead.View != crawler.RobotsView && !again {
			kept[c.Run+" "+c.Lead.Key()]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	runs, err := h.runs.All(ctx)
	if err != nil {
		return err
	}
	var problems []error
	for _, run := range runs {
		err := h.frontier.Leads(ctx, run.ID, func(l evidence.Lead, state, reason string) {
			key, want := run.ID+" "+l.Key(), 1
			if state == "refused" {
				want = 0
			}
			if kept[key] != want || state == "open" {
				problems = append(problems, fmt.Errorf("%s %s: %s %s: %d exchanges in the archive, want %d", run.ID, l.URL, state, reason, kept[key], want))
			}
			delete(kept, key)
		})
		problems = append(problems, err)
	}
	for _, key := range sortedKeys(kept) {
		problems = append(problems, fmt.Errorf("%s: an exchange of no lead", key))
	}
	return errors.Join(problems...)
}

func holdLedger(ctx context.Context, h *house) error {
	said := map[string]int64{}
	err := h.ledger.Scan(ctx, 1, func(e ledger.Entry) error {
		key, err := campaign.EntryKey(e.Kind, e.Body)
		if err == nil && key != "" && said[key] != 0 {
			err = fmt.Errorf("ledger entry %d: %s was said by entry %d already", e.Seq, key, said[key])
		}
		said[key] = e.Seq
		return err
	})
	return errors.Join(err, h.ledger.Verify(ctx))
}
