package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"probity/deploy/world"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// dayZero is the world's day 0, at ten in the morning in Shenzhen.
func dayZero() time.Time { return time.Date(2026, 11, 2, 10, 0, 0, 0, evidence.Shanghai) }

// demoOptions are the words of the demo command.
type demoOptions struct {
	once                 bool
	data                 string
	seed                 int64
	day                  int
	campaign             string
	crawlers, extractors int           // processes beside this one, of a fleet
	gap                  time.Duration // between requests at a host, at least
}

// whole is the campaign that names every source of the world.
const whole = "world"

// doDemo crawls, grades and serves the simulated web of deploy/world.
func doDemo(ctx context.Context, sh shell, c Config, args []string) error {
	var o demoOptions
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.BoolVar(&o.once, "once", false, "run to the end, print a JSON report and exit: 0 only without differences to the ground truth")
	flags.StringVar(&o.data, "data", "demo-data", "data `directory`")
	flags.Int64Var(&o.seed, "seed", 1, "seed of the world")
	flags.IntVar(&o.day, "day", 0, "day of the world, 0 is 2026-11-02")
	flags.IntVar(&o.crawlers, "crawlers", 4, "of a fleet: `processes` that crawl")
	flags.IntVar(&o.extractors, "extractors", 2, "of a fleet: `processes` that extract")
	flags.DurationVar(&o.gap, "gap", 0, "least pause between requests at a host, to let a run last")
	flags.StringVar(&o.campaign, "campaign", whole, "`name` of the world's campaign to run; only "+whole+" is compared with the ground truth")
	if _, err := parse(sh, flags, args); err != nil {
		return err
	}
	d, err := openDemo(ctx, sh, c, o)
	if err != nil {
		return err
	}
	defer d.close()
	report, err := d.crawl(ctx)
	if err != nil {
		return err
	}
	if o.once {
		return d.print(report)
	}
	return d.serve(ctx, report)
}

// A demo is the world behind one loopback listener, and a house that watches it.
type demo struct {
	sh     shell
	o      demoOptions
	world  *world.World
	house  *house
	server *http.Server
	start  time.Time
	days   []int // of each time that this data directory watched, ascending
}

func openDemo(ctx context.Context, sh shell, c Config, o demoOptions) (*demo, error) {
	d := &demo{sh: sh, o: o, world: world.New(o.seed), start: sh.now()}
	days, err := watched(o)
	if err != nil {
		return nil, err
	}
	d.days = days
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	d.server = &http.Server{Handler: d.world.Handler(func() int { return o.day }), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = d.server.Serve(listener) }()
	address := listener.Addr().(*net.TCPAddr) //nolint:forcetypeassert // a TCP listener has no other
	c.Data = o.data
	c.PersonKey = "demo: everybody in the simulated web is invented"
	c.Crawl.Workers = 32
	c.Crawl.Manners.Latency = 0 // a simulated web is not spared
	c.Crawl.LeastGap = max(c.Crawl.LeastGap, o.gap)
	for _, host := range d.world.Hosts() {
		c.Crawl.Pins = append(c.Crawl.Pins, Pin{Host: host, Address: address.IP.String(), Port: address.Port})
	}
	sh.now = d.now
	if d.house, err = openHouse(ctx, sh, c, datadir.Work, world.Declarations()); err != nil {
		return nil, errors.Join(err, d.server.Close())
	}
	return d, nil
}

// now is the world's time: its day, and as much later as the demo has run.
func (d *demo) now() time.Time {
	return dayZero().AddDate(0, 0, d.o.day).Add(d.sh.now().Sub(d.start))
}

func (d *demo) close() {
	if err := errors.Join(d.house.close(), d.server.Close()); err != nil {
		say(d.sh.err, err)
	}
}

// watched reads on which days the directory watched which world. Days only
// go on, and two worlds never mix.
func watched(o demoOptions) ([]int, error) {
	b, err := os.ReadFile(filepath.Join(o.data, "demo"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	seed, list, _ := strings.Cut(strings.TrimSpace(string(b)), ":")
	if seed != strconv.FormatInt(o.seed, 10) {
		return nil, fmt.Errorf("demo: %w: %s holds the world of seed %s: name another directory with -data", evidence.ErrInvalid, o.data, seed)
	}
	var days []int
	for s := range strings.FieldsSeq(list) {
		n, err := strconv.Atoi(s)
		if err != nil {
			return nil, fmt.Errorf("demo: %w: %s/demo is damaged: remove the directory", evidence.ErrInvalid, o.data)
		}
		days = append(days, n)
	}
	if n := len(days); n > 0 && days[n-1] > o.day {
		return nil, fmt.Errorf("demo: %w: %s has seen day %d: the world does not go back to day %d", evidence.ErrInvalid, o.data, days[n-1], o.day)
	}
	return days, nil
}

// crawl runs the campaign.
func (d *demo) crawl(ctx context.Context) (DemoReport, error) {
	campaign, ok := d.house.set.Campaigns[d.o.campaign]
	if !ok {
		return DemoReport{}, fmt.Errorf("demo: %w: the world has no campaign %q: it has %s", evidence.ErrInvalid, d.o.campaign,
			strings.Join(sortedKeys(d.house.set.Campaigns), ", "))
	}
	before, err := d.house.count(ctx)
	if err != nil {
		return DemoReport{}, err
	}
	m := newMeter(d.sh.err, false, d.sh.now)
	if d.o.once {
		m.last = d.sh.now().Add(time.Hour) // a program reads: no progress
	}
	var last Progress
	show := func(p Progress) { last = p; m.show(p) }
	var run Report
	if d.house.fleet != nil {
		run, err = d.through(ctx, campaign, show)
	} else {
		run, err = d.house.run(ctx, campaign, "demo", show)
	}
	if err != nil {
		return DemoReport{}, err
	}
	if !d.o.once {
		m.end(last)
	}
	d.days = append(d.days, d.o.day)
	line := fmt.Sprintf("%d: %s\n", d.o.seed, strings.Trim(fmt.Sprint(d.days), "[]"))
	if err := datadir.WriteFile(filepath.Join(d.o.data, "demo"), []byte(line)); err != nil {
		return DemoReport{}, err
	}
	return d.report(ctx, run, before)
}

// print writes the report; differences to the ground truth are a failure.
func (d *demo) print(r DemoReport) error {
	out := json.NewEncoder(d.sh.out)
	out.SetIndent("", "  ")
	if err := out.Encode(r); err != nil {
		return err
	}
	if r.Differences.Count > 0 {
		return fmt.Errorf("demo: %d differences to the ground truth", r.Differences.Count)
	}
	return nil
}
