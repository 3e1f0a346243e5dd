package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"probity/deploy/world"
	"probity/pipeline/datadir"
	"probity/pipeline/elastic"
)

// everybody is the demo's secret for names of persons: they are invented.
const everybody = "demo: everybody in the simulated web is invented"

// fleetConfig are settings of a fleet of its own on the servers of the
// environment; without them the test is skipped, saying which is missing. Those
// who have them run side by side: much of it is waiting.
func fleetConfig(t *testing.T) Config {
	t.Helper()
	if !strings.HasPrefix(t.Name(), "TestAFleet") && !strings.HasPrefix(t.Name(), "TestChaos") {
		t.Fatal("deploy/fleet/test.sh would not run it: what needs a fleet is called TestAFleet…")
	}
	c := DefaultConfig()
	for name, set := range map[string]func(string){
		"PROBITY_TEST_REDIS":         func(v string) { c.Redis.Addresses = strings.Split(v, ",") },
		"PROBITY_TEST_ELASTICSEARCH": func(v string) { c.Elasticsearch.Addresses = strings.Split(v, ",") },
		"PROBITY_TEST_S3":            func(v string) { c.Archive.URL = v },
	} {
		v := os.Getenv(name)
		if v == "" {
			t.Skipf("not here: no fleet of servers: %s is not set; `make fleet-up` starts one", name)
		}
		set(v)
	}
	t.Parallel()
	c.PersonKey = everybody
	c.Redis.Prefix = "t-" + uuid.NewString()[:8]
	c.Elasticsearch.Prefix, c.Archive.Prefix = c.Redis.Prefix, c.Redis.Prefix
	c.Archive.SealAge = time.Second
	t.Cleanup(func() {
		client, err := elastic.Open(elastic.Settings{Addresses: c.Elasticsearch.Addresses, Prefix: c.Elasticsearch.Prefix})
		if err != nil {
			t.Error(err)
			return
		}
		late, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := errors.Join(client.Wipe(late), client.Close()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// worldFleet is a member of a fleet that has the world's declarations.
func worldFleet(t *testing.T) *house {
	t.Helper()
	c := fleetConfig(t)
	c.Data, c.Declarations = t.TempDir(), []string{t.TempDir()}
	if err := unfold(world.Declarations(), c.Declarations[0]); err != nil {
		t.Fatal(err)
	}
	h, err := openHouse(t.Context(), quiet(io.Discard), c, datadir.Work)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.close() })
	return h
}

// settingsFile writes a file of settings.
func settingsFile(t *testing.T, c Config) string {
	t.Helper()
	b, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// binary runs the built binary and returns what it printed.
func binary(ctx context.Context, bin string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, bin, args...)
	var complaints bytes.Buffer
	c.Stderr = &complaints
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 30 * time.Second
	out, err := c.Output()
	if err != nil {
		err = fmt.Errorf("probity %s: %w: %s", strings.Join(args, " "), err, last(complaints.Bytes(), 2000))
	}
	return out, err
}

func last(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

// A fleet of four crawlers and two extractors finds what a laptop finds, byte
// for byte, on a day and on a later one (issue: the same world run).
func TestAFleetMakesTheSameBodiesAsALaptop(t *testing.T) {
	c := fleetConfig(t)
	bin, file := buildBinary(t), settingsFile(t, c)
	lap, fleet := t.TempDir(), t.TempDir()
	for _, day := range []string{"0", "3"} {
		if _, err := binary(t.Context(), bin, "demo", "-once", "-day", day, "-data", lap); err != nil {
			t.Fatal(err)
		}
		if _, err := binary(t.Context(), bin, "-config", file, "demo", "-once", "-day", day, "-data", fleet); err != nil {
			t.Fatal(err)
		}
		want, err := binary(t.Context(), bin, "bodies", "-data", lap)
		if err != nil {
			t.Fatal(err)
		}
		got, err := binary(t.Context(), bin, "-config", file, "bodies", "-data", fleet)
		if err != nil {
			t.Fatal(err)
		}
		if len(want) == 0 || !bytes.Equal(got, want) {
			t.Fatalf("day %s: other bodies than a laptop's: %s", day, firstDifference(got, want))
		}
		t.Logf("day %s: %d bodies are the same", day, bytes.Count(want, []byte("\n")))
	}
	leavesNothingSeen(t, c, fleet)
	holdsAfterRebuild(t, bin, file, fleet)
	handsItsArchiveOut(t, bin, file, fleet)
}

// What four crawlers archived is sound, and goes out as one file.
func handsItsArchiveOut(t *testing.T, bin, file, fleet string) {
	t.Helper()
	out, err := binary(t.Context(), bin, "-config", file, "archive", "check", "-json", "-data", fleet)
	if err != nil {
		t.Fatalf("archive check: %v\n%s", err, out)
	}
	var sound struct {
		Captures int `json:"captures"`
	}
	if err := json.Unmarshal(out, &sound); err != nil || sound.Captures < 1000 {
		t.Errorf("archive check saw %d captures (%v):\n%s", sound.Captures, err, last(out, 500))
	}
	to := filepath.Join(t.TempDir(), "run.wacz")
	out, err = binary(t.Context(), bin, "-config", file, "-set", "declarations=["+filepath.Join(fleet, "declarations")+"]", "export", "-json", "-wacz", to, "-run", "world-1", "-data", fleet)
	if err != nil {
		t.Fatal(err)
	}
	var e exported
	if err := json.Unmarshal(out, &e); err != nil || e.Captures < 1000 {
		t.Errorf("export of a run: %d captures (%v):\n%s", e.Captures, err, out)
	}
	z, err := zip.OpenReader(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("archive check: %d captures; export of a run: %d captures in %d files, %d bytes", sound.Captures, e.Captures, len(z.File), e.Bytes)
	if err := z.Close(); err != nil {
		t.Error(err)
	}
}

// holdsAfterRebuild makes a fleet's index again from archive and ledger, which
// verify, and compares.
func holdsAfterRebuild(t *testing.T, bin, file, fleet string) {
	t.Helper()
	before, err := binary(t.Context(), bin, "-config", file, "bodies", "-data", fleet)
	if err != nil {
		t.Fatal(err)
	}
	declared := filepath.Join(fleet, "declarations")
	for _, verb := range []string{"verify", "rebuild", "verify"} {
		out, err := binary(t.Context(), bin, "-config", file, "-set", "declarations=["+declared+"]", verb, "-data", fleet)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s", out)
	}
	after, err := binary(t.Context(), bin, "-config", file, "bodies", "-data", fleet)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("other bodies after a rebuild: %v, %s", err, firstDifference(after, before))
	}
}

// Files that are handed in reach a fleet through whoever leads.
func TestAFleetTakesFilesIn(t *testing.T) {
	c := fleetConfig(t)
	bin, dir := buildBinary(t), t.TempDir()
	text, err := os.ReadFile(filepath.Join("deploy", "walkthrough", "intake.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse(text).Files {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, f.Name)), 0o700), os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	c.Declarations, c.Data, c.Worker, c.Areas = []string{dir}, filepath.Join(dir, "leader"), "leader", []string{}
	leader := exec.CommandContext(t.Context(), bin, "-config", settingsFile(t, c), "run", "extract", "evaluate")
	leader.Cancel = func() error { return leader.Process.Signal(os.Interrupt) }
	if err := leader.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = leader.Process.Signal(os.Interrupt)
		_ = leader.Wait()
	}()
	c.Data, c.Worker = filepath.Join(dir, "desk"), "desk"
	file := settingsFile(t, c)
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	for _, want := range []string{"complete", "no news"} {
		out, err := binary(ctx, bin, "-config", file, "intake", "handed", filepath.Join(dir, "list.csv"), "-from", "desk")
		if err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("intake says %q, %v, want %q", out, err, want)
		}
	}
}

// A view is nobody's but its owner's: one that is made anew, from what all
// share, answers the same.
func TestAFleetsMembersAllMakeTheSameView(t *testing.T) {
	c := fleetConfig(t)
	bin, file := buildBinary(t), settingsFile(t, c)
	if _, err := binary(t.Context(), bin, "-config", file, "demo", "-once", "-campaign", "small", "-data", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	var views [][]byte
	for range 2 {
		out, err := binary(t.Context(), bin, "-config", file, "campaign", "report", "-json", "-data", newMember(t, c), "small")
		if err != nil {
			t.Fatal(err)
		}
		views = append(views, out)
	}
	if len(views[0]) == 0 || !bytes.Equal(views[0], views[1]) {
		t.Errorf("two members have other views:\n%s\n%s", views[0], views[1])
	}
}

// newMember opens a member of the fleet once, so that it follows the ledger.
func newMember(t *testing.T, c Config) string {
	t.Helper()
	c.Data, c.Worker = t.TempDir(), "new"
	h, err := openHouse(t.Context(), quiet(io.Discard), c, datadir.Work, world.Declarations())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(h.fleet.follow(t.Context()), h.close()); err != nil {
		t.Fatal(err)
	}
	return c.Data
}

// What a laptop gathered goes to a fleet whole, and its campaigns go on there
// as they would have at home.
func TestAFleetTakesOverFromALaptop(t *testing.T) {
	c := fleetConfig(t)
	bin, file := buildBinary(t), settingsFile(t, c)
	lap, fleet := t.TempDir(), t.TempDir()
	if _, err := binary(t.Context(), bin, "demo", "-once", "-data", lap); err != nil {
		t.Fatal(err)
	}
	declared := t.TempDir()
	if err := unfold(world.Declarations(), declared); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second time has nothing left to do
		out, err := binary(t.Context(), bin, "-config", file, "-set", "declarations=["+declared+"]", "migrate", "-from", lap, "-data", fleet)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s", out)
	}
	days, err := os.ReadFile(filepath.Join(lap, "demo"))
	if err == nil {
		err = os.WriteFile(filepath.Join(fleet, "demo"), days, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"demo", "-once", "-day", "3", "-data", lap}, {"-config", file, "demo", "-once", "-day", "3", "-data", fleet}} {
		if _, err := binary(t.Context(), bin, args...); err != nil {
			t.Fatal(err)
		}
	}
	want, err := binary(t.Context(), bin, "bodies", "-data", lap)
	if err != nil {
		t.Fatal(err)
	}
	got, err := binary(t.Context(), bin, "-config", file, "bodies", "-data", fleet)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 || !bytes.Equal(got, want) {
		t.Fatalf("other bodies than at home: %s", firstDifference(got, want))
	}
}
