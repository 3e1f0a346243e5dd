package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"probity/pipeline/evidence"
)

// doomed starts a crawler that never sends what it keeps, and once it has
// settled a visit takes it away with its disk.
func doomed(ctx context.Context, t *testing.T, bin string, c Config) {
	t.Helper()
	listen := free(t) //nolint:contextcheck // a port lasts as long as the test
	c.Worker, c.Data, c.Archive.SealAge = "doomed-"+listen[10:], filepath.Join(t.TempDir(), "gone"), time.Hour
	c.Metrics.Listen = listen
	cmd := exec.CommandContext(ctx, bin, "-config", settingsFile(t, c), "run", roleCrawl)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for ctx.Err() == nil {
		_, page := answered(ctx, "http://"+c.Metrics.Listen+"/metrics")
		if value(page, `probity_visits_total{reason="",result="done"`) > 0 {
			break
		}
		rest(ctx, 50*time.Millisecond)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err := os.RemoveAll(c.Data); err != nil {
		t.Fatal(err)
	}
}

// reportOf waits for the report of a campaign's run.
func reportOf(ctx context.Context, t *testing.T, bin string, c Config, id string) (r Report) {
	t.Helper()
	file := settingsFile(t, c)
	for ctx.Err() == nil {
		out, err := binary(ctx, bin, "-config", file, "campaign", "report", "-json", id)
		if err == nil && json.Unmarshal(out, &r) == nil && r.Run != "" {
			return r
		}
		rest(ctx, time.Second)
	}
	t.Fatalf("no report of %s", id)
	return r
}

// lossy is a fleet whose only crawler settles a visit of campaign "lossy" and
// goes for ever, with its disk.
func lossy(ctx context.Context, t *testing.T, bin string, c *Config, minutes int) {
	t.Helper()
	theWorld(t, c) //nolint:contextcheck // the world lasts as long as the test
	text := fmt.Sprintf("campaign: lossy\ntitle: 丢失\nsources: [abnormal]\nbudget: {minutes: %d}\n", minutes)
	if err := os.WriteFile(filepath.Join(c.Declarations[0], "campaigns", "lossy.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	started(ctx, t, bin, *c, "run", roleExtract, roleEvaluate, roleServe)
	ordered(ctx, t, *c, "lossy")
	doomed(ctx, t, bin, *c)
}

// A crawler whose disk is gone for ever took answers with it that nobody else
// has: another asks for them again.
func TestAFleetAsksAgainForWhatWentWithACrawlersDisk(t *testing.T) {
	c := fleetConfig(t)
	bin := buildBinary(t)
	ctx, stop := context.WithTimeout(t.Context(), 4*time.Minute)
	defer stop()
	c.Archive.LostAfter = 3 * time.Second
	lossy(ctx, t, bin, &c, 30)
	whole := c
	whole.Worker, whole.Data, whole.Metrics.Listen = "whole", filepath.Join(t.TempDir(), "whole"), free(t)
	started(ctx, t, bin, whole, "run", roleCrawl)
	if s := reportOf(ctx, t, bin, c, "lossy").Sources["abnormal"]; s.Result != evidence.Complete || s.Records == 0 {
		t.Errorf("another crawler does not make it good: %+v", s)
	}
	shows(ctx, t, "http://"+c.Metrics.Listen+"/metrics", http.StatusOK, `probity_runs_reopened_total{campaign="lossy"} 1`)
}

// Where the run may not last so long it is lost, which the report and the dead
// letters say, and its source was not looked at whole.
func TestAFleetWaitsForALostAnswerNoLongerThanItsTime(t *testing.T) {
	c := fleetConfig(t)
	bin := buildBinary(t)
	ctx, stop := context.WithTimeout(t.Context(), 4*time.Minute)
	defer stop()
	lossy(ctx, t, bin, &c, 1)
	r := reportOf(ctx, t, bin, c, "lossy")
	s := r.Sources["abnormal"]
	if s.Result == evidence.Complete || s.Failed[lost] != 1 || len(s.Why) == 0 || !strings.Contains(s.Why[0], lostWords) {
		t.Errorf("the report says %+v", s)
	}
	out, err := binary(ctx, bin, "-config", settingsFile(t, c), "letters", "list", r.Run)
	if err != nil || !strings.Contains(string(out), "lead ") || strings.Count(string(out), lostWords) != 2 {
		t.Errorf("the dead letters say %s, %v", out, err)
	}
}
