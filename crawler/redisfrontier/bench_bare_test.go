package redisfrontier

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// bareAdd writes what an add leaves behind: integers, records, counters, and
// the turn of a host that is new. It asks and decides nothing; its program
// makes the same records of the same leads, and sends them in one call as well.
const bareAdd = `
local call, i = redis.call, 1
while ARGV[i] do
  local P, g, new, n = KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  i = i + 4
  call('SADD', P .. 'bseen:' .. g, unpack(ARGV, i, i + n - 1))
  call('RPUSH', P .. 'bq:' .. g, unpack(ARGV, i + n, i + 2 * n - 1))
  call('HINCRBY', P .. 'brun', 'open', n)
  call('HINCRBY', P .. 'brun', 'sn', n)
  if new == '1' then
    call('HSET', P .. 'bg', g, '00000000000000000bare')
    call('ZADD', P .. 'bready', 1, g)
  end
  i = i + 2 * n
end
return 1`

func (t *table) bareAdds(db *redisdb.DB, f *Frontier, all [][]evidence.Lead) func(int) error {
	script := redisdb.NewScript("bare add", bareAdd)
	var known sync.Map
	return func(i int) error {
		ps, err := parcelsOf("bare", all[i])
		if err != nil {
			return err
		}
		var args []any
		var keys []string
		for _, p := range ps.all {
			keys = append(keys, f.prefix[f.shard(p.host)])
			fresh := "1"
			if _, old := known.LoadOrStore(p.host, true); old {
				fresh = "0"
			}
			args = append(args, len(keys), p.host, fresh, len(p.recs))
			for _, n := range p.idents {
				args = append(args, n)
			}
			for _, r := range p.recs {
				args = append(args, r)
			}
		}
		_, err = db.Run(t.b.Context(), script, keys, args...)
		return err
	}
}

// bareClaim and bareSettle write what a claim and an acknowledgement of ten
// leave behind; the caller says which groups.
const bareClaim = `
local P, call, now = KEYS[1], redis.call, redis.call('TIME')[1]
local jobs, leases, out = {}, {}, {}
for i, g in ipairs(ARGV) do
  local rec = call('LPOP', P .. 'q1:bare\0' .. g) or ''
  out[i] = rec
  jobs[2 * i - 1], jobs[2 * i] = g, '1764218339000000\1' .. '00000000000000000bare' .. '\2bare\2' .. rec
  leases[2 * i - 1], leases[2 * i] = now, g
end
call('ZREM', P .. 'ready', unpack(ARGV))
call('HSET', P .. 'job', unpack(jobs))
call('ZADD', P .. 'lease', unpack(leases))
call('HSET', P .. 'stat', 'fence', now)
call('HINCRBY', P .. 'run:bare', 'open', -#ARGV)
call('HINCRBY', P .. 'run:bare', 'leased', #ARGV)
return out`

const bareSettle = `
local P, call, now = KEYS[1], redis.call, redis.call('TIME')[1]
local ready, groups = {}, {}
call('HDEL', P .. 'job', unpack(ARGV))
call('ZREM', P .. 'lease', unpack(ARGV))
for i, g in ipairs(ARGV) do
  groups[2 * i - 1], groups[2 * i] = g, '\0' .. now .. now .. 'bare'
  ready[2 * i - 1], ready[2 * i] = now, g
end
call('HSET', P .. 'g', unpack(groups))
call('ZADD', P .. 'ready', unpack(ready))
call('HINCRBY', P .. 'run:bare', 'leased', -#ARGV)
call('HINCRBY', P .. 'run:bare', 'done', #ARGV)
call('HINCRBY', P .. 'run:bare', 'req', #ARGV)
return 1`

// The bare side has keys of the same shape, under a prefix of its own.
func barePrefix(f *Frontier, shard int) string {
	return strings.Replace(f.prefix[shard], "f:", "b:", 1)
}

func (t *table) fillBare(db *redisdb.DB, f *Frontier, all [][]evidence.Lead) {
	t.side(len(all), func(i int) error {
		ps, err := parcelsOf("bare", all[i])
		if err != nil {
			return err
		}
		var commands [][]any
		for _, p := range ps.all {
			at := barePrefix(f, f.shard(p.host))
			push := []any{"RPUSH", at + laneKey("q1", "bare", p.host)}
			for _, r := range p.recs {
				push = append(push, r)
			}
			commands = append(commands, push, []any{"ZADD", at + "ready", 1, p.host}, []any{"HSET", at + "g", p.host, "00000000000000000bare"})
		}
		_, err = db.DoAll(t.b.Context(), commands...)
		return err
	})
}

func (t *table) bareVisits(db *redisdb.DB, f *Frontier, hosts, batch int) func(int) error {
	by := make([][]any, f.set.Shards)
	for h := range hosts {
		name := fmt.Sprintf("h%06d.example", h)
		s := f.shard(name)
		by[s] = append(by[s], name)
	}
	claim, settle := redisdb.NewScript("bare claim", bareClaim), redisdb.NewScript("bare settle", bareSettle)
	var mu sync.Mutex
	dice, next := rand.New(rand.NewPCG(1, 1)), make([]int, len(by))
	return func(int) error {
		mu.Lock() // shards by lot, as a claim draws them: memory is met in no better order
		s := dice.IntN(len(by))
		from := next[s]
		if next[s] += batch; next[s]+batch > len(by[s]) {
			next[s] = 0
		}
		mu.Unlock()
		groups := by[s][from : from+batch]
		keys := []string{barePrefix(f, s)}
		v, err := db.Run(t.b.Context(), claim, keys, groups...)
		if err != nil {
			return err
		}
		recs, err := redisdb.Texts(v)
		if err != nil {
			return err
		}
		for i, rec := range recs {
			if rec == "" {
				continue // this host has none left
			}
			if _, _, err := unpack(rec, groups[i].(string), "GET\x00register\x00detail"); err != nil { //nolint:forcetypeassert // strings, above
				return err
			}
		}
		_, err = db.Run(t.b.Context(), settle, keys, groups...)
		return err
	}
}
