package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"probity/deploy/world"
)

// A tempest is how hard and how long a fleet is shaken.
type tempest struct {
	gap    time.Duration // between requests at a host: sets how long an undisturbed run lasts
	lasts  time.Duration // over which the blows are spread
	outage time.Duration // of Redis and of S3
	kills  time.Duration // a worker is killed about so often
	seed   uint64
}

// long is from when on a storm is one of the ten-minute kind: over a world run
// that lasts at least three undisturbed.
const long = 5 * time.Minute

// TestChaos runs the world with a fleet whose workers are killed and whose
// servers fail, and finds the same bodies as undisturbed, and no host that was
// visited before its gap. PROBITY_CHAOS is how long it is shaken (1m in CI,
// 10m in `make chaos`), PROBITY_CHAOS_SEED which blows fall. The servers are
// those of deploy/fleet, a Redis Cluster and three nodes of Elasticsearch.
func TestChaos(t *testing.T) {
	asked := os.Getenv("PROBITY_CHAOS")
	if asked == "" {
		t.Skip("not here: no chaos asked for: PROBITY_CHAOS is not set; `make chaos` sets it")
	}
	lasts, err := time.ParseDuration(asked)
	if err != nil {
		t.Fatal(err)
	}
	seed, _ := strconv.ParseUint(os.Getenv("PROBITY_CHAOS_SEED"), 10, 64)
	storm := tempest{gap: 120 * time.Millisecond, lasts: lasts, outage: 4 * time.Second, kills: 4 * time.Second, seed: seed}
	if lasts >= long {
		storm.gap, storm.outage = 1200*time.Millisecond, 10*time.Second
	}
	t.Logf("seed %d, %v, gap %v", seed, lasts, storm.gap)
	c := newCrew(t, storm)
	defer c.home()
	c.sail()
	ctx, stop := context.WithTimeout(t.Context(), lasts+10*time.Minute)
	defer stop()
	var blows sync.WaitGroup
	blows.Go(func() { c.shake(ctx) })
	blows.Go(func() { c.strike(ctx) })
	c.order(ctx)
	c.await(ctx)
	blows.Wait()
	c.calm()
	c.judge(ctx)
}

// A crew is a fleet under test: its processes, and the world that they visit.
type crew struct {
	t     *testing.T
	storm tempest
	rng   *rand.Rand
	dir   string
	bin   string
	conf  Config
	log   *visits
	began time.Time

	mu      sync.Mutex
	members map[string]*exec.Cmd
	stopped bool
	killed  int
}

func newCrew(t *testing.T, storm tempest) *crew {
	t.Helper()
	c := &crew{t: t, storm: storm, rng: rand.New(rand.NewPCG(storm.seed, 7)), dir: t.TempDir(), bin: buildBinary(t), conf: fleetConfig(t), members: map[string]*exec.Cmd{}}
	c.log = &visits{ended: map[string]time.Time{}, under: map[string]int{}, gap: storm.gap}
	w := world.New(1)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: c.log.watch(w.Handler(func() int { return 0 })), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	address := listener.Addr().(*net.TCPAddr) //nolint:forcetypeassert // a TCP listener has no other
	for _, host := range w.Hosts() {
		c.conf.Crawl.Pins = append(c.conf.Crawl.Pins, Pin{Host: host, Address: address.IP.String(), Port: address.Port})
	}
	c.conf.Crawl.LeastGap, c.conf.Crawl.Workers = storm.gap, 16
	c.conf.Declarations = []string{filepath.Join(c.dir, "declarations")}
	c.conf.Serve.Listen = "127.0.0.1:0"
	if err := unfold(world.Declarations(), c.conf.Declarations[0]); err != nil {
		t.Fatal(err)
	}
	c.began = time.Now()
	return c
}

// roster are the members of the crew: four crawlers, two extractors, two that
// may lead.
func roster() []string {
	return []string{"crawl-1", "crawl-2", "crawl-3", "crawl-4", "extract-1", "extract-2", "evaluate-1", "evaluate-2"}
}

func (c *crew) sail() {
	for _, name := range roster() {
		c.start(name)
	}
}

func (c *crew) start(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return
	}
	conf := c.conf
	conf.Worker, conf.Data = name, filepath.Join(c.dir, name)
	role, _, _ := strings.Cut(name, "-")
	cmd := exec.Command(c.bin, "-config", settingsFile(c.t, conf), "run", role)
	cmd.Env = append(os.Environ(), c.clock())
	log, err := os.OpenFile(filepath.Join(c.dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Error(err)
		return
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		c.t.Error(err)
		return
	}
	c.members[name] = cmd
	go func() {
		err := cmd.Wait()
		_ = log.Close()
		c.mu.Lock()
		gone := c.members[name] == cmd && !c.stopped
		c.mu.Unlock()
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if gone && !status.Signaled() {
			c.t.Errorf("%s ended by itself: %v\n%s", name, err, last(c.read(name+".log"), 3000))
		}
	}()
}

func (c *crew) clock() string {
	return fmt.Sprintf("%s=%d@%d", clockVar, dayZero().UnixNano(), c.began.UnixNano())
}

func (c *crew) read(name string) []byte {
	b, _ := os.ReadFile(filepath.Join(c.dir, name))
	return b
}

// shake kills a worker every few seconds and starts it again.
func (c *crew) shake(ctx context.Context) {
	for end := c.began.Add(c.storm.lasts); time.Now().Before(end); {
		if !rest(ctx, c.storm.kills/2+time.Duration(c.rng.Int64N(int64(c.storm.kills)))) {
			return
		}
		name := roster()[c.rng.IntN(len(roster()))]
		c.mu.Lock()
		if m := c.members[name]; m != nil && m.Process != nil {
			_ = m.Process.Kill()
			c.killed++
		}
		c.mu.Unlock()
		if !rest(ctx, time.Second) {
			return
		}
		c.start(name)
	}
}

// strike lets the servers fail, one after the other, over the whole time.
func (c *crew) strike(ctx context.Context) {
	out := c.storm.outage
	node := func(args ...string) func() { return func() { c.node(ctx, args...) } }
	blows := [][]func(){
		{node("pause", "cluster"), c.pause(ctx, out), node("resume", "cluster")},
		{node("kill", "es3", "2"), c.pause(ctx, out), node("start", "es3", "2")},
		{node("kill", "s3"), c.pause(ctx, out), node("start", "s3")},
		{node("kill", "cluster", "1"), c.pause(ctx, 2*out), node("start", "cluster", "1")},
		{node("kill", "es3"), c.pause(ctx, out/2), node("start", "es3"), node("await", "es3")},
		{node("pause", "cluster"), c.pause(ctx, out), node("resume", "cluster")},
	}
	each := c.storm.lasts / time.Duration(len(blows)+1)
	for i, blow := range blows {
		if wait := time.Until(c.began.Add(time.Duration(i+1) * each)); wait > 0 && !rest(ctx, wait) {
			return
		}
		for _, step := range blow {
			step()
		}
	}
}

func (c *crew) pause(ctx context.Context, d time.Duration) func() { return func() { rest(ctx, d) } }

// rest waits, and reports false when ctx ended meanwhile.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// node does something to a server of deploy/fleet.
func (c *crew) node(ctx context.Context, args ...string) {
	out, err := exec.CommandContext(ctx, "deploy/fleet/node.sh", args...).CombinedOutput()
	if err != nil && ctx.Err() == nil {
		c.t.Errorf("node.sh %v: %v: %s", args, err, out)
	}
	c.t.Logf("%6.1f s: %s", time.Since(c.began).Seconds(), strings.Join(args, " "))
}

// calm brings every server back, whatever happened.
func (c *crew) calm() {
	ctx := context.WithoutCancel(c.t.Context())
	for _, piece := range []string{"cluster", "es3", "s3"} {
		for _, verb := range []string{"resume", "start", "await"} {
			_ = exec.CommandContext(ctx, "deploy/fleet/node.sh", verb, piece).Run() // what was up already is left alone
		}
	}
}

// order wishes for the campaign, as a person would.
func (c *crew) order(ctx context.Context) {
	conf := c.conf
	conf.Worker, conf.Data = "person", filepath.Join(c.dir, "person")
	cmd := exec.CommandContext(ctx, c.bin, "-config", settingsFile(c.t, conf), "campaign", "run", whole)
	cmd.Env = append(os.Environ(), c.clock())
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	go func() { _ = cmd.Run() }() // it may lose its connection; what is wished stands
}

// await waits until the campaign's first run is closed and told, as any member
// sees it.
func (c *crew) await(ctx context.Context) {
	conf := c.conf
	conf.Worker, conf.Data = "watcher", filepath.Join(c.dir, "watcher")
	file := settingsFile(c.t, conf)
	for ctx.Err() == nil {
		look, stop := context.WithTimeout(ctx, time.Minute)
		out, err := binary(look, c.bin, "-config", file, "campaign", "report", "-json", "-data", filepath.Join(c.dir, "evaluate-1"), whole)
		stop()
		if err == nil && bytes.Contains(out, []byte(`"closed"`)) {
			c.t.Logf("%6.1f s: the run is closed, after %d kills", time.Since(c.began).Seconds(), c.killed)
			return
		}
		if !rest(ctx, 5*time.Second) {
			break
		}
	}
	for _, name := range roster() {
		c.t.Logf("%s:\n%s", name, last(c.read(name+".log"), 1500))
	}
	c.t.Fatalf("the run did not close: %v", ctx.Err())
}

// home ends every member.
func (c *crew) home() {
	c.mu.Lock()
	c.stopped = true
	members := c.members
	c.mu.Unlock()
	for _, m := range members {
		_ = m.Process.Kill()
	}
	c.calm()
}

// judge compares what is left with an undisturbed run, and the world's own log
// with the gap.
func (c *crew) judge(ctx context.Context) {
	t := c.t
	lap := t.TempDir()
	if _, err := binary(ctx, c.bin, "demo", "-once", "-data", lap); err != nil {
		t.Fatal(err)
	}
	want, err := binary(ctx, c.bin, "bodies", "-data", lap)
	if err != nil {
		t.Fatal(err)
	}
	conf := c.conf
	conf.Worker = "judge"
	got, err := binary(ctx, c.bin, "-config", settingsFile(t, conf), "bodies", "-data", filepath.Join(c.dir, "evaluate-1"))
	if err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 || !bytes.Equal(got, want) {
		t.Errorf("other bodies than undisturbed: %s", firstDifference(got, want))
	}
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	for _, e := range c.log.early {
		t.Error(e)
	}
	repeated := 0
	for _, n := range c.log.pages {
		repeated += n - 1
	}
	host, pages := c.log.busiest()
	least := time.Duration(pages-1) * c.storm.gap
	t.Logf("undisturbed it lasts at least %v: %s has %d pages, a gap of %v between them", least, host, pages, c.storm.gap)
	if c.storm.lasts >= long && least < 3*time.Minute {
		t.Errorf("undisturbed it lasts %v, which is too short to be shaken for %v", least, c.storm.lasts)
	}
	t.Logf("%d requests, %d of them repeated one that had been answered; nearest two at a host: %v; %d kills", c.log.requests, repeated, c.log.nearest, c.killed)
}
