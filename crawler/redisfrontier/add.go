package redisfrontier

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// leadsPerScript keeps one script short for those who wait behind it.
const leadsPerScript = 500

// Add implements crawler.Frontier. Leads of one host enter at once, those of
// different hosts side by side: after an error some may have entered, and
// adding all of them again is right. A full server is a redisdb.FullError.
func (f *Frontier) Add(ctx context.Context, run string, m evidence.Manners, leads ...evidence.Lead) (crawler.Added, error) {
	a, err := f.put(ctx, "add", run, m, leads)
	return a.Added, wrap("add leads to run "+run, err)
}

// Again implements crawler.Frontier.
func (f *Frontier) Again(ctx context.Context, run string, m evidence.Manners, leads ...evidence.Lead) (int, error) {
	a, err := f.put(ctx, "again", run, m, leads)
	return a.New + a.again, wrap("open leads of run "+run+" again", err)
}

// A parcel is what one script adds: leads of one host.
type parcel struct {
	host     string
	profiles map[string]string // by reference
	idents   []int64
	recs     []string
}

// A tally is what became of leads that were put.
type tally struct {
	crawler.Added
	again int
}

func (f *Frontier) put(ctx context.Context, mode, run string, m evidence.Manners, leads []evidence.Lead) (added tally, err error) {
	parcels, seen, err := parcelsOf(run, leads)
	if err != nil {
		return added, err
	}
	added.Seen = seen
	if len(parcels) == 0 {
		_, err := f.run(ctx, f.shard(run), f.scripts.run, run, "open", "")
		return added, err
	}
	if err := f.ready(ctx); err != nil {
		return added, err
	}
	for len(parcels) > 0 {
		if err := f.regroup(ctx, m.Group, parcels); err != nil {
			return added, err
		}
		calls := make([]redisdb.Call, len(parcels))
		for i, p := range parcels {
			calls[i] = f.addCall(mode, run, m, p)
		}
		var left []parcel
		for i, r := range f.db.RunAll(ctx, calls...) {
			if err = errors.Join(err, r.Err); r.Err != nil {
				continue
			}
			once, e := f.added(ctx, parcelAt{parcels[i], run, f.groupOf(parcels[i].host, m.Group)}, r.Value, &added)
			if err = errors.Join(err, e); once {
				left = append(left, parcels[i])
			}
		}
		if err != nil {
			return added, err
		}
		parcels = left
	}
	return added, nil
}

// parcelsOf sorts leads by host, each once; a lead without a host is
// evidence.ErrInvalid.
func parcelsOf(run string, leads []evidence.Lead) (parcels []parcel, seen int, err error) {
	if run == "" || strings.ContainsAny(run, "\x00\x01") {
		return nil, 0, fmt.Errorf("%w: the run %q has no name", evidence.ErrInvalid, run)
	}
	at, once, refs := map[string]int{}, map[int64]bool{}, map[string]string{}
	for _, l := range leads {
		host := l.Host()
		if host == "" || strings.ContainsAny(host, "\x00\x01") {
			return nil, 0, fmt.Errorf("lead %s: %w: no host in it", l.URL, evidence.ErrInvalid)
		}
		n := ident(l)
		if once[n] {
			seen++
			continue
		}
		once[n] = true
		name := profile(l)
		ref, ok := refs[name]
		if !ok {
			ref = reference(name)
			refs[name] = ref
		}
		rec, err := pack(l, host, n, ref)
		if err != nil {
			return nil, 0, err
		}
		i, ok := at[host]
		if !ok || len(parcels[i].recs) >= leadsPerScript {
			i = len(parcels)
			at[host] = i
			parcels = append(parcels, parcel{host: host, profiles: map[string]string{}})
		}
		p := &parcels[i]
		p.profiles[ref] = name
		p.idents, p.recs = append(p.idents, n), append(p.recs, rec)
	}
	return parcels, seen, nil
}

func (f *Frontier) addCall(mode, run string, m evidence.Manners, p parcel) redisdb.Call {
	gap := m.Gap
	if gap <= 0 {
		gap = f.policy.Gap
	}
	g := f.groupOf(p.host, m.Group)
	args := make([]any, 0, 10+2*len(p.profiles)+2*len(p.recs))
	args = append(args, run, p.host, g, micros(gap), f.fill, f.set.HostCap, f.set.Segment,
		max(1, f.set.Cap/f.set.Shards), mode, len(p.profiles))
	for ref, name := range p.profiles {
		args = append(args, ref, name)
	}
	for _, n := range p.idents {
		args = append(args, n)
	}
	for _, rec := range p.recs {
		args = append(args, rec)
	}
	return f.call(f.shard(g), f.scripts.add, args...)
}

// A parcelAt is a parcel that was sent.
type parcelAt struct {
	parcel
	run, group string
}

// added reads the answer for a parcel, and reports whether it has to be added
// once more.
func (f *Frontier) added(ctx context.Context, p parcelAt, v any, a *tally) (bool, error) {
	reply, err := redisdb.List(v)
	if err != nil {
		return false, err
	}
	shard := f.shard(p.group)
	switch word, _ := redisdb.Text(reply[0]); word {
	case "moved":
		to, err := redisdb.Text(reply[1])
		f.homes.Store(p.host, to)
		return true, err
	case "unpack":
		return true, f.unpackLane(ctx, shard, p.run, p.host)
	case "bury":
		return true, f.bury(ctx, shard)
	}
	var n [6]int64
	for i := range n {
		if n[i], err = redisdb.Int(reply[i+1]); err != nil {
			return false, err
		}
	}
	a.New, a.Seen, a.Shut, a.again = a.New+int(n[0]), a.Seen+int(n[1]), a.Shut+int(n[2]), a.again+int(n[3])
	f.memory.due(shard, n[5])
	if n[4] != 0 {
		return false, f.packLane(ctx, shard, p.run, p.host)
	}
	return false, nil
}
