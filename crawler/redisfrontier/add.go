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

// Add implements crawler.Frontier. Leads of one host enter at once; on a
// Cluster those of different shards side by side: after an error some may have
// entered, and adding all of them again is right. A full server is a redisdb.FullError.
func (f *Frontier) Add(ctx context.Context, run string, m evidence.Manners, leads ...evidence.Lead) (crawler.Added, error) {
	a, err := f.put(ctx, "add", run, m, leads)
	return a.Added, wrap("add leads to run "+run, err)
}

// Again implements crawler.Frontier.
func (f *Frontier) Again(ctx context.Context, run string, m evidence.Manners, leads ...evidence.Lead) (int, error) {
	a, err := f.put(ctx, "again", run, m, leads)
	return a.New + a.again, wrap("open leads of run "+run+" again", err)
}

// A parcel is leads of one host.
type parcel struct {
	host   string
	idents []int64
	recs   []string
}

// Parcels are leads sorted by host, and what they refer to.
type parcels struct {
	all      []parcel
	profiles map[string]string // reference by profile
	seen     int               // leads that came twice
}

// A tally is what became of leads that were put.
type tally struct {
	crawler.Added
	again int
}

func (f *Frontier) put(ctx context.Context, mode, run string, m evidence.Manners, leads []evidence.Lead) (added tally, err error) {
	ps, err := parcelsOf(run, leads)
	if err != nil {
		return added, err
	}
	added.Seen = ps.seen
	if len(ps.all) == 0 {
		_, err := f.run(ctx, f.shard(run), f.scripts.run, run, "open", "")
		return added, err
	}
	if err := f.ready(ctx); err != nil {
		return added, err
	}
	for len(ps.all) > 0 {
		if err := f.regroup(ctx, m.Group, ps.all); err != nil {
			return added, err
		}
		loads := f.loads(ps.all, m.Group)
		calls := make([]redisdb.Call, len(loads))
		for i, l := range loads {
			calls[i] = f.addCall(mode, run, m, ps.profiles, l)
		}
		ps.all = nil
		for i, r := range f.db.RunAll(ctx, calls...) {
			if err = errors.Join(err, r.Err); r.Err != nil {
				continue
			}
			once, e := f.allAdded(ctx, run, m.Group, loads[i], r.Value, &added)
			err, ps.all = errors.Join(err, e), append(ps.all, once...)
		}
		if err != nil {
			return added, err
		}
	}
	return added, nil
}

// loads puts parcels together for one script each: on one server as they come,
// on a Cluster those of one shard.
func (f *Frontier) loads(all []parcel, declared string) [][]parcel {
	var loads [][]parcel
	type last struct{ load, leads int }
	by := map[int]last{}
	one := f.db.One()
	for _, p := range all {
		shard := 0
		if !one {
			shard = f.shard(f.groupOf(p.host, declared))
		}
		l, ok := by[shard]
		if !ok || l.leads+len(p.recs) > leadsPerScript {
			l = last{load: len(loads)}
			loads = append(loads, nil)
		}
		loads[l.load] = append(loads[l.load], p)
		l.leads += len(p.recs)
		by[shard] = l
	}
	return loads
}

// parcelsOf sorts leads by host, each once; a lead without a host is
// evidence.ErrInvalid.
func parcelsOf(run string, leads []evidence.Lead) (parcels, error) {
	ps := parcels{profiles: map[string]string{}}
	if run == "" || strings.ContainsAny(run, "\x00\x01\x02") {
		return ps, fmt.Errorf("%w: the run %q has no name", evidence.ErrInvalid, run)
	}
	at, once := map[string]int{}, make(map[int64]bool, len(leads))
	for _, l := range leads {
		host := l.Host()
		if host == "" || strings.ContainsAny(host, "\x00\x01\x02") {
			return ps, fmt.Errorf("lead %s: %w: no host in it", l.URL, evidence.ErrInvalid)
		}
		n := ident(l)
		if once[n] {
			ps.seen++
			continue
		}
		once[n] = true
		name := profile(l)
		ref, ok := ps.profiles[name]
		if !ok {
			ref = reference(name)
			ps.profiles[name] = ref
		}
		rec, err := pack(l, host, n, ref)
		if err != nil {
			return ps, err
		}
		i, ok := at[host]
		if !ok || len(ps.all[i].recs) >= leadsPerScript {
			i = len(ps.all)
			at[host] = i
			ps.all = append(ps.all, parcel{host: host})
		}
		p := &ps.all[i]
		p.idents, p.recs = append(p.idents, n), append(p.recs, rec)
	}
	return ps, nil
}

// addCall brings single leads to the front of a load.
func (f *Frontier) addCall(mode, run string, m evidence.Manners, profiles map[string]string, load []parcel) redisdb.Call {
	gap := m.Gap
	if gap <= 0 {
		gap = f.policy.Gap
	}
	// A single lead whose host is its group is told shortly, before all others.
	single := func(p parcel) bool {
		return mode == "add" && len(p.recs) == 1 && f.groupOf(p.host, m.Group) == p.host
	}
	size, singles := 9+2*len(profiles)+4*len(load), 0
	for i, p := range load {
		size += 2 * len(p.recs)
		if single(p) {
			load[i], load[singles] = load[singles], p
			singles++
		}
	}
	args := make([]any, 0, size)
	args = append(args, run, micros(gap), f.fill, f.set.HostCap, f.set.Segment, max(1, f.set.Cap/f.set.Shards), mode, len(profiles), singles)
	for name, ref := range profiles {
		args = append(args, ref, name)
	}
	var keys []string
	at := map[int]int{} // shard -> its key
	for i, p := range load {
		g := f.groupOf(p.host, m.Group)
		shard := f.shard(g)
		if at[shard] == 0 {
			keys = append(keys, f.prefix[shard])
			at[shard] = len(keys)
		}
		args = append(args, at[shard], p.host)
		if i >= singles {
			args = append(args, g, len(p.recs))
		}
		for _, n := range p.idents {
			args = append(args, n)
		}
		for _, rec := range p.recs {
			args = append(args, rec)
		}
	}
	return redisdb.Call{Script: f.scripts.add, Keys: keys, Args: args}
}

// A parcelAt is a parcel where it was added.
type parcelAt struct {
	parcel
	run, group string
}

// allAdded reads the answers for a load, and returns the parcels that have to
// be added once more.
func (f *Frontier) allAdded(ctx context.Context, run, declared string, load []parcel, v any, a *tally) (once []parcel, err error) {
	replies, err := redisdb.List(v)
	if err == nil && len(replies) != len(load) {
		err = fmt.Errorf("redis answered for %d hosts, not %d", len(replies), len(load))
	}
	if err != nil {
		return nil, err
	}
	for i, p := range load {
		again, e := f.added(ctx, parcelAt{p, run, f.groupOf(p.host, declared)}, replies[i], a)
		if err = errors.Join(err, e); again {
			once = append(once, p)
		}
	}
	return once, err
}

// added reads the answer for a parcel, and reports whether it has to be added
// once more.
func (f *Frontier) added(ctx context.Context, p parcelAt, v any, a *tally) (bool, error) {
	if n, ok := v.(int64); ok { // of one lead
		a.New, a.Seen = a.New+int(n), a.Seen+1-int(n)
		return false, nil
	}
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
