package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"probity/crawler"
	"probity/crawler/collyfetch"
	"probity/crawler/robots"
	"probity/crawler/scope"
	"probity/pipeline/evidence"
)

// errRefused ends a command whose answer is no.
var errRefused = errors.New("不许访问 refused by robots.txt")

// doRobots explains to a person what robots.txt says about an address. The
// exit code is 0 for allowed, 1 for refused, 2 where nothing can be said.
func doRobots(ctx context.Context, sh shell, c Config, args []string) error {
	w := &options{FlagSet: flag.NewFlagSet("probity robots", flag.ContinueOnError)}
	agent := w.String("agent", c.Crawl.Agent, "judge for the crawler of this `name`")
	file := w.String("file", "", "judge by this `file` (- for standard input) in place of the site's own")
	w.BoolVar(&w.json, "json", false, "print JSON, for programs")
	rest, err := w.arguments(sh, args, 1, 1, "[-agent NAME] [-file FILE] [-json] URL")
	if err != nil {
		return err
	}
	var x robots.Explanation
	if *file != "" {
		body, err := readAll(sh, *file)
		if err != nil {
			return invalid("read robots.txt: %w", err)
		}
		x = robots.Explain(body, *agent, rest[0])
	} else if x, err = askSite(ctx, sh, c, rest[0], *agent); err != nil {
		return invalid("%w", err)
	}
	if w.json {
		err = printJSON(sh.out, x)
	} else {
		err = tellRobots(sh.out, x)
	}
	if err == nil && !x.Decision.Allowed {
		err = errRefused
	}
	return err
}

func readAll(sh shell, file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(sh.in)
	}
	return os.ReadFile(file)
}

// askSite fetches the file that holds for an address, as the crawler would.
func askSite(ctx context.Context, sh shell, c Config, address, agent string) (x robots.Explanation, err error) {
	if address, err = scope.Canonical(address); err != nil {
		return x, err
	}
	f, err := newFetcher(c, sh.now)
	if err != nil {
		return x, err
	}
	defer f.Close()
	p, err := robots.New(f, agent, sh.now).Ask(ctx, crawler.Request{
		Lead: evidence.Lead{Method: "GET", URL: address}, Timeout: c.Crawl.Manners.Timeout, Gap: c.Crawl.Manners.Gap,
	})
	switch {
	case err != nil:
		return x, err
	case p.Fault != nil && !errors.Is(p.Fault, evidence.ErrUnavailable):
		return x, p.Fault
	case p.Fault != nil || len(p.Asked) == 0 || p.Decision.Digest == "":
		x = robots.Explanation{URL: address, Agent: agent, Decision: p.Decision}
		if p.Fault != nil {
			x.Flag = p.Fault.Error()
		}
		return x, nil
	}
	return robots.Explain(p.Asked[len(p.Asked)-1].Body, agent, address), nil
}

// newFetcher is the fetcher that the settings describe, with all its guards.
func newFetcher(c Config, now func() time.Time) (*collyfetch.Fetcher, error) {
	var pins []collyfetch.Pin
	for _, p := range c.Crawl.Pins {
		ip, err := netip.ParseAddr(p.Address)
		if err != nil {
			return nil, fmt.Errorf("crawl.pins: %w: %s: address %q is no IP address", evidence.ErrInvalid, p.Host, p.Address)
		}
		pins = append(pins, collyfetch.Pin{Host: p.Host, Address: netip.AddrPortFrom(ip, uint16(p.Port))})
	}
	m := c.Crawl.Manners
	return collyfetch.New(collyfetch.Options{Agent: c.Crawl.Agent, Pins: pins, Timeout: m.Timeout, MaxSize: m.MaxSize, Now: now})
}

// tellRobots prints an explanation.
func tellRobots(w io.Writer, x robots.Explanation) error {
	p := printer{w: w}
	d := x.Decision
	verdict := "✓ 可以访问 allowed"
	if !d.Allowed {
		verdict = "✗ 不许访问 refused"
	}
	p.line("%s  %s", verdict, x.URL)
	switch d.Reason {
	case "no file":
		p.line("  依据 because          该站点没有 robots.txt the site has no robots.txt")
	case "unavailable":
		p.line("  依据 because          robots.txt 暂时无法取得，取得之前不访问 robots.txt cannot be had now, and nothing is fetched without it")
	case "unreadable":
		p.line("  依据 because          robots.txt 的应答超出限度 the answer for robots.txt is beyond the limits")
	default:
		tellRule(&p, x)
	}
	if x.Asked > 0 {
		p.line("  抓取间隔 crawl-delay  要求 asked %s，遵守 obeyed %s", x.Asked, time.Duration(x.Delay*float64(time.Second)))
	}
	if x.Flag != "" {
		p.line("  请注意 attention      %s", x.Flag)
	}
	if x.Cut {
		p.line("  请注意 attention      文件超过 500 KiB，其余未读 the file is longer than 500 KiB, its rest was not read")
	}
	for _, s := range x.Sitemaps {
		p.line("  站点地图 sitemap      %s", s)
	}
	if d.Digest != "" {
		p.line("  文件摘要 file         SHA-256 %s", d.Digest)
	}
	if x.Second != nil {
		tellSecond(&p, *x.Second)
	}
	return p.err
}

func tellRule(p *printer, x robots.Explanation) {
	if x.Decision.Line == 0 {
		p.line("  依据 because          没有匹配的规则 no rule matches")
	} else {
		p.line("  依据 because          第 %d 行 line %d: %s", x.Decision.Line, x.Decision.Line, x.Decision.Rule)
	}
	who := "对所有爬虫；没有一组点名 for everybody; no group names " + product(x.Agent)
	if x.Named {
		who = "点名 names " + product(x.Agent)
	}
	for _, g := range x.Group {
		p.line("  适用组 group          第 %d 行 line %d: %s（%s）", g.Line, g.Line, g.Text, who)
	}
	if len(x.Group) == 0 {
		p.line("  适用组 group          无 none: 文件没有对 %s 说什么 the file says nothing to it", product(x.Agent))
	}
	for _, c := range x.Competing {
		p.line("  也匹配 also matches   第 %d 行 line %d: %s", c.Line, c.Line, c.Text)
	}
	if len(x.Competing) > 0 {
		p.line("                        最长者优先；同样长则准许优先 the longest wins, and of equals the one that allows")
	}
}

func product(agent string) string {
	name, _, _ := strings.Cut(agent, " ")
	return name
}

func tellSecond(p *printer, o robots.Opinion) {
	said := map[bool]string{true: "可以访问 allowed", false: "不许访问 refused"}[o.Allowed]
	switch {
	case o.Fault != "":
		p.line("  旁证 second opinion   %s：读不懂 cannot read it: %s（%s %s）", o.By, o.Fault, o.Zh, o.En)
	case o.Differs:
		p.line("  旁证 second opinion   %s：%s，与我们不同 it differs: %s %s", o.By, said, o.Zh, o.En)
	default:
		p.line("  旁证 second opinion   %s：%s，一致 it agrees", o.By, said)
	}
}
