package redisfrontier

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// Adopt implements crawler.Frontier. A lead that waits in its lane is looked
// for there: this is for the few exchanges that a crash left unsettled.
func (f *Frontier) Adopt(ctx context.Context, run string, l evidence.Lead, o crawler.Outcome) (bool, error) {
	ok, err := f.adopt(ctx, run, l, o)
	if err != nil {
		return false, fmt.Errorf("adopt %s: %w", l.URL, err)
	}
	return ok, nil
}

func (f *Frontier) adopt(ctx context.Context, run string, l evidence.Lead, o crawler.Outcome) (bool, error) {
	if err := known(o); err != nil {
		return false, err
	}
	host := l.Host()
	args := append(f.policyArgs(), run, host, identBytes(ident(l)), packOutcome(o))
	for {
		shard := f.shard(f.groupOf(host, ""))
		reply, err := f.run(ctx, shard, f.scripts.adopt, args...)
		if err != nil {
			return false, err
		}
		switch word, _ := redisdb.Text(reply[0]); word {
		case "moved":
			to, err := redisdb.Text(reply[1])
			if err != nil {
				return false, err
			}
			f.homes.Store(host, to)
		case "unpack":
			if err := f.unpackLane(ctx, shard, run, host); err != nil {
				return false, err
			}
		case "yes":
			f.memory.forget()
			return true, f.adopted(ctx, shard, run, o, reply)
		default:
			return false, nil
		}
	}
}

// adopted does what has to follow elsewhere.
func (f *Frontier) adopted(ctx context.Context, shard int, run string, o crawler.Outcome, reply []any) error {
	var err error
	if reply[2] == int64(1) {
		err = f.bury(ctx, shard)
	}
	if reply[3] != int64(0) {
		text, _ := redisdb.Text(reply[1])
		fence, e := strconv.ParseInt(text, 10, 64)
		err = errors.Join(err, e, f.spend(ctx, run, map[int64]int{fence<<shardBits | int64(shard): o.Requests}))
	}
	return err
}
