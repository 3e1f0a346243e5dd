package redisfrontier

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"probity/crawler"
	"probity/pipeline/redisdb"
)

// Hosts implements crawler.Ledger. A host that is named is asked of the one
// shard where it lives.
func (f *Frontier) Hosts(ctx context.Context, names ...string) ([]crawler.HostState, error) {
	var out []crawler.HostState
	var err error
	if len(names) == 0 {
		err = f.all(ctx, f.scripts.hosts, []any{f.set.Segment}, func(_ int, reply []any) error { return told(reply, &out) })
	}
	for _, name := range names {
		if err = f.hostNamed(ctx, strings.ToLower(name), &out); err != nil {
			break
		}
	}
	slices.SortFunc(out, func(a, b crawler.HostState) int { return cmp.Compare(a.Host, b.Host) })
	return slices.CompactFunc(out, func(a, b crawler.HostState) bool { return a.Host == b.Host }), wrap("list hosts", err)
}

// hostNamed adds one host, if there is one of that name, wherever it went.
func (f *Frontier) hostNamed(ctx context.Context, name string, out *[]crawler.HostState) error {
	for {
		reply, err := f.run(ctx, f.shard(f.groupOf(name, "")), f.scripts.hosts, f.set.Segment, name)
		if err != nil {
			return err
		}
		if word, _ := redisdb.Text(reply[0]); word != "moved" {
			return told(reply, out)
		}
		to, err := redisdb.Text(reply[1])
		if err != nil {
			return err
		}
		f.homes.Store(name, to)
	}
}

// told adds what a script told of hosts, behind the moment at which it did.
func told(reply []any, out *[]crawler.HostState) error {
	now, err := redisdb.Int(reply[0])
	if err != nil {
		return err
	}
	for _, v := range reply[1:] {
		s, err := hostState(v, now)
		if err != nil {
			return err
		}
		*out = append(*out, s)
	}
	return nil
}

func hostState(v any, now int64) (crawler.HostState, error) {
	e, err := redisdb.List(v)
	if err != nil || len(e) != 12 {
		return crawler.HostState{}, fmt.Errorf("a host of %d parts: %w", len(e), err)
	}
	text, err := redisdb.Texts(e[:4])
	if err != nil {
		return crawler.HostState{}, err
	}
	var n [8]int64
	for i := range n {
		if n[i], err = redisdb.Int(e[4+i]); err != nil {
			return crawler.HostState{}, err
		}
	}
	s := crawler.HostState{
		Host: text[0], Group: text[1], State: text[2], Reason: text[3],
		Gap: time.Duration(n[0]) * time.Microsecond, Open: int(n[2]), Leased: int(n[3]),
		Ordered: time.Duration(n[4]) * time.Microsecond, Delay: time.Duration(n[5]) * time.Microsecond,
	}
	for to, at := range map[*time.Time]int64{&s.Ended: n[6], &s.Next: n[7]} {
		if at > 0 {
			*to = time.UnixMicro(at).UTC()
		}
	}
	if n[1] > now {
		s.Rests = time.UnixMicro(n[1]).UTC()
	}
	return s, nil
}
