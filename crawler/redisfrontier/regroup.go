package redisfrontier

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// A host may get a group after leads of it came: then it moves, with all that
// is known of it, from the shard of its old politeness key to that of the new
// one. That takes many steps:
//
//	it takes no more turns in the old shard, and says there where it went
//	its manners, what was seen, its leads and dead letters are copied, each
//	part being removed from the old shard once it has arrived
//	while it is still being visited in the old shard, the new group waits
//
// Each step may be repeated, and whoever finds the move unfinished (who adds,
// settles or reaps) goes on with it. A kill between two steps can let some
// leads be visited twice; none is lost and no host has two visitors.

// regroup moves the hosts of parcels to the group their source declares.
func (f *Frontier) regroup(ctx context.Context, declared string, parcels []parcel) error {
	if declared == "" {
		return nil
	}
	g := strings.ToLower(declared)
	for _, p := range parcels {
		if p.host == g {
			continue
		}
		if known, ok := f.homes.Load(p.host); ok && known == g {
			continue
		}
		if err := f.move(ctx, p.host, p.host, g); err != nil {
			return fmt.Errorf("move host %s to group %s: %w", p.host, g, err)
		}
		f.homes.Store(p.host, g)
	}
	return nil
}

// move brings a host from one group to another.
func (f *Frontier) move(ctx context.Context, host, from, to string) error {
	if from == to {
		return nil
	}
	old := f.shard(from)
	if old == f.shard(to) {
		return f.moveWithin(ctx, old, host, from, to)
	}
	reply, err := f.run(ctx, old, f.scripts.leave, host, "begin", from, to)
	if err != nil {
		return err
	}
	switch word, _ := redisdb.Text(reply[0]); word {
	case "gone":
		return f.settleIn(ctx, host, to, nil)
	case "moved": // it lives elsewhere by now: go on from there
		at, err := redisdb.Text(reply[1])
		if err != nil || at == to {
			return err
		}
		if err := f.move(ctx, host, at, to); err != nil {
			return err
		}
		_, err = f.run(ctx, old, f.scripts.leave, host, "end", to)
		return err
	}
	return f.carry(ctx, old, host, to, reply)
}

// carry copies what a host leaves with, part by part.
func (f *Frontier) carry(ctx context.Context, old int, host, to string, reply []any) error {
	if err := f.settleIn(ctx, host, to, reply); err != nil {
		return err
	}
	if err := f.carryProfiles(ctx, old, host, to); err != nil {
		return err
	}
	runs, err := redisdb.Texts(reply[5])
	if err != nil {
		return err
	}
	for _, run := range runs {
		if err := f.carrySeen(ctx, old, host, to, run); err != nil {
			return err
		}
		if err := f.carryLeads(ctx, old, host, to, run); err != nil {
			return err
		}
	}
	end, err := f.run(ctx, old, f.scripts.leave, host, "end", to)
	if err != nil || end[0] != "ok" {
		return err
	}
	reply[1] = int64(0)
	return f.settleIn(ctx, host, to, reply) // nobody visits it there any more
}

// settleIn tells the new shard of a host, and with what manners it comes.
func (f *Frontier) settleIn(ctx context.Context, host, to string, reply []any) error {
	args := []any{host, to, "manners", 0, "running", "", 0, 0, 0, 0, 0, 0, 0}
	if reply != nil {
		manners, err := redisdb.List(reply[4])
		if err != nil {
			return err
		}
		args = append([]any{host, to, "manners", reply[1], reply[2], reply[3]}, manners...)
	}
	_, err := f.run(ctx, f.shard(to), f.scripts.arrive, args...)
	return err
}

func (f *Frontier) carryProfiles(ctx context.Context, old int, host, to string) error {
	v, err := f.db.Do(ctx, "HGETALL", f.prefix[old]+"p")
	if err != nil {
		return err
	}
	profiles, err := redisdb.Fields(v)
	if err != nil {
		return err
	}
	args := []any{host, to, "profiles"}
	for ref, name := range profiles {
		args = append(args, ref, name)
	}
	_, err = f.run(ctx, f.shard(to), f.scripts.arrive, args...)
	return err
}

// carrySeen copies all that was seen of a run in the old shard: which of it
// was the host's nobody knows, and the others' do no harm.
func (f *Frontier) carrySeen(ctx context.Context, old int, host, to, run string) error {
	buckets := 1
	v, err := f.db.Do(ctx, "HGET", f.prefix[old]+"run:"+run, "sb")
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return err
	}
	if s, ok := v.(string); err == nil && ok {
		if buckets, err = strconv.Atoi(s); err != nil {
			return err
		}
	}
	for b := range buckets {
		v, err := f.db.Do(ctx, "SORT", f.prefix[old]+"seen:"+run+":"+strconv.Itoa(b), "BY", "nosort")
		if err != nil {
			return err
		}
		all, err := redisdb.List(v)
		if err != nil {
			return err
		}
		for len(all) > 0 {
			n := min(len(all), leadsPerScript)
			args := append([]any{host, to, "seen", run, f.fill}, all[:n]...)
			if _, err := f.run(ctx, f.shard(to), f.scripts.arrive, args...); err != nil {
				return err
			}
			all = all[n:]
		}
	}
	return nil
}

// carryLeads moves the leads of a run, until none is left.
func (f *Frontier) carryLeads(ctx context.Context, old int, host, to, run string) error {
	for some := true; some; {
		parts, err := f.run(ctx, old, f.scripts.leave, host, "parts", run)
		if err != nil {
			return err
		}
		some = false
		for i, part := range []string{"q0", "q1", "s", "t", "later", "ended"} {
			members, err := redisdb.List(parts[i])
			if err != nil {
				return err
			}
			if len(members) == 0 {
				continue
			}
			some = true
			if err := f.carryPart(ctx, old, []any{host, to, run}, part, members); err != nil {
				return err
			}
		}
	}
	return nil
}

// carryPart moves leads of one part; who is host, group and run.
func (f *Frontier) carryPart(ctx context.Context, old int, who []any, part string, members []any) error {
	n := len(members)
	if part == "s" {
		seg, err := redisdb.Text(members[0])
		if err != nil {
			return err
		}
		recs, err := unpackSegment(seg)
		if err != nil {
			return err
		}
		n = len(recs)
	}
	arrive, took := []any{who[0], who[1], part, who[2]}, []any{who[0], "took", who[2], part}
	if part == "later" || part == "ended" {
		arrive, took = append(arrive, members...), append(took, members...)
	} else {
		arrive, took = append(append(arrive, n), members...), append(took, n)
	}
	to, err := redisdb.Text(who[1])
	if err != nil {
		return err
	}
	if _, err := f.run(ctx, f.shard(to), f.scripts.arrive, arrive...); err != nil {
		return err
	}
	_, err = f.run(ctx, old, f.scripts.leave, took...)
	return err
}

// moveWithin brings a host to another group of the same shard.
func (f *Frontier) moveWithin(ctx context.Context, shard int, host, from, to string) error {
	reply, err := f.run(ctx, shard, f.scripts.within, host, from, to)
	if err != nil || reply[0] != "moved" {
		return err
	}
	at, err := redisdb.Text(reply[1])
	if err != nil || at == to {
		return err
	}
	return f.move(ctx, host, at, to)
}

// moveAll goes on with the moves that began in a shard.
func (f *Frontier) moveAll(ctx context.Context, shard int) error {
	replies, err := f.db.DoAll(ctx, []any{"SMEMBERS", f.prefix[shard] + "moving"}, []any{"HGETALL", f.prefix[shard] + "within"})
	if err == nil {
		err = errors.Join(replies[0].Err, replies[1].Err)
	}
	if err != nil {
		return err
	}
	leaving, err := redisdb.Texts(replies[0].Value)
	if err != nil {
		return err
	}
	within, err := redisdb.Fields(replies[1].Value)
	if err != nil {
		return err
	}
	for _, host := range leaving {
		if err := f.moveOn(ctx, shard, host, ""); err != nil {
			return err
		}
	}
	for host, from := range within {
		if err := f.moveOn(ctx, shard, host, from); err != nil {
			return err
		}
	}
	f.memory.forget()
	return nil
}

// moveOn goes on with one: from a group of this shard to where its record says.
func (f *Frontier) moveOn(ctx context.Context, shard int, host, from string) error {
	v, err := f.db.Do(ctx, "HGET", f.prefix[shard]+"h", host)
	if errors.Is(err, evidence.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	text, err := redisdb.Text(v)
	part := strings.SplitN(text, "\x00", 4)
	if err != nil || len(part) != 4 {
		return fmt.Errorf("host %s in Redis: %w: %q", host, evidence.ErrInvalid, text)
	}
	to := part[2]
	if from == "" {
		from, to = part[2], part[3]
	}
	if from == "" || to == "" {
		return nil
	}
	if err := f.move(ctx, host, from, to); err != nil {
		return fmt.Errorf("move host %s to group %s: %w", host, to, err)
	}
	return nil
}
