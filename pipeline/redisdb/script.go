package redisdb

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// A Script is Lua that the server runs at once. Its keys share one hash tag.
//
// Source that begins with "#!lua flags=allow-oom" runs also when the server
// is full; any other that writes is refused then, before it begins.
type Script struct {
	name   string
	script *redis.Script
}

// NewScript returns a script; its name is what errors call it.
func NewScript(name, source string) *Script {
	return &Script{name: name, script: redis.NewScript(source)}
}

// A Call is a script with what it is to work on. Keys has one key at least:
// it says which server runs it.
type Call struct {
	Script *Script
	Keys   []string
	Args   []any
}

// Run runs a script; a server that does not know it yet is taught. A nil
// reply is evidence.ErrNotFound.
func (d *DB) Run(ctx context.Context, s *Script, keys []string, args ...any) (any, error) {
	v, err := s.script.EvalSha(ctx, d.client, keys, args...).Result()
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		v, err = s.script.Eval(ctx, d.client, keys, args...).Result()
	}
	return v, d.fault(s.name, err)
}

// RunAll runs scripts in one round trip to each server. Each is at once by
// itself, all together are not; each has its own reply.
func (d *DB) RunAll(ctx context.Context, calls ...Call) []Reply {
	out := make([]Reply, len(calls))
	if len(calls) == 1 {
		out[0].Value, out[0].Err = d.Run(ctx, calls[0].Script, calls[0].Keys, calls[0].Args...)
		return out
	}
	again := d.exec(ctx, calls, out, nil, func(p redis.Pipeliner, c Call) *redis.Cmd {
		return c.Script.script.EvalSha(ctx, p, c.Keys, c.Args...)
	})
	if len(again) > 0 { // a server that has not seen them: it was not run
		d.exec(ctx, calls, out, again, func(p redis.Pipeliner, c Call) *redis.Cmd {
			return c.Script.script.Eval(ctx, p, c.Keys, c.Args...)
		})
	}
	return out
}

// exec runs some of the calls (nil: all) and returns those that the server
// does not know.
func (d *DB) exec(ctx context.Context, calls []Call, out []Reply, which []int, put func(redis.Pipeliner, Call) *redis.Cmd) []int {
	if which == nil {
		for i := range calls {
			which = append(which, i)
		}
	}
	p := d.client.Pipeline()
	cmds := make([]*redis.Cmd, len(which))
	for i, w := range which {
		cmds[i] = put(p, calls[w])
	}
	_, _ = p.Exec(ctx) // each reply has its own error
	var unknown []int
	for i, w := range which {
		v, err := cmds[i].Result()
		if redis.HasErrorPrefix(err, "NOSCRIPT") {
			unknown = append(unknown, w)
		}
		out[w] = Reply{Value: v, Err: d.fault(calls[w].Script.name, err)}
	}
	return unknown
}

// Int reads a reply as a number.
func Int(v any) (int64, error) {
	n, ok := v.(int64)
	if !ok {
		return 0, fmt.Errorf("redis answered %T, want a number", v)
	}
	return n, nil
}

// Text reads a reply as a string; a nil within a list is empty.
func Text(v any) (string, error) {
	switch s := v.(type) {
	case string:
		return s, nil
	case nil:
		return "", nil
	}
	return "", fmt.Errorf("redis answered %T, want a string", v)
}

// List reads a reply as a list.
func List(v any) ([]any, error) {
	l, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("redis answered %T, want a list", v)
	}
	return l, nil
}

// Texts reads a reply as a list of strings.
func Texts(v any) ([]string, error) {
	l, err := List(v)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(l))
	for i := range l {
		if out[i], err = Text(l[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Fields reads the reply of HGETALL, which comes as a map or as a list.
func Fields(v any) (map[string]string, error) {
	out := map[string]string{}
	if m, ok := v.(map[any]any); ok {
		for k, v := range m {
			name, err := Text(k)
			if err != nil {
				return nil, err
			}
			if out[name], err = Text(v); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	l, err := Texts(v)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(l); i += 2 {
		out[l[i]] = l[i+1]
	}
	return out, nil
}
