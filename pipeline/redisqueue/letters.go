package redisqueue

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"probity/pipeline"
	"probity/pipeline/redisdb"
)

// Dead implements [pipeline.Letters]. It reads page by page: what is given up
// meanwhile may be missing.
func (q *Queue) Dead(ctx context.Context, group string) (letters []pipeline.Letter, err error) {
	for from := 0; ; from += batch {
		page, err := q.deadPage(ctx, from)
		if err != nil {
			return nil, fmt.Errorf("dead letters: %w", err)
		}
		if len(page) == 0 {
			return letters, nil
		}
		for _, l := range page {
			if group == "" || l.Group == group {
				letters = append(letters, l)
			}
		}
	}
}

func (q *Queue) deadPage(ctx context.Context, from int) ([]pipeline.Letter, error) {
	dead, why := q.keys[5], q.keys[6]
	v, err := q.db.Do(ctx, "ZRANGE", dead, from, from+batch-1, "WITHSCORES")
	if err != nil {
		return nil, err
	}
	page, err := pairs(v)
	if err != nil || len(page) == 0 {
		return nil, err
	}
	ask := []any{"HMGET", why}
	for _, p := range page {
		ask = append(ask, p[0])
	}
	if v, err = q.db.Do(ctx, ask...); err != nil {
		return nil, err
	}
	reasons, err := redisdb.Texts(v)
	if err != nil {
		return nil, err
	}
	letters := make([]pipeline.Letter, len(page))
	for i, p := range page {
		if letters[i], err = letter(p[0], p[1], reasons[i]); err != nil {
			return nil, err
		}
	}
	return letters, nil
}

func letter(id, at, why string) (l pipeline.Letter, err error) {
	l.Group, l.Name, _ = strings.Cut(id, "\x00")
	micro, err := strconv.ParseFloat(at, 64)
	if err != nil {
		return l, err
	}
	l.Time = time.UnixMicro(int64(micro)).UTC()
	tries, reason, _ := strings.Cut(why, " ")
	l.Reason = reason
	if tries == "" { // it lives again since the page was read
		return l, nil
	}
	l.Attempts, err = strconv.Atoi(tries)
	return l, err
}

// pairs reads members with scores, which come flat or two by two.
func pairs(v any) (out [][2]string, err error) {
	list, err := redisdb.List(v)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(list); i++ {
		var p [2]string
		two, ok := list[i].([]any)
		if !ok {
			two = list[i:min(i+2, len(list))]
			i++
		}
		if len(two) != 2 {
			return nil, fmt.Errorf("redis answered %d values for a member", len(two))
		}
		p[0], _ = two[0].(string)
		switch s := two[1].(type) {
		case string:
			p[1] = s
		case float64:
			p[1] = strconv.FormatFloat(s, 'f', 0, 64)
		}
		out = append(out, p)
	}
	return out, nil
}

// Retry implements [pipeline.Letters].
func (q *Queue) Retry(ctx context.Context, group string, names ...string) (int, error) {
	letters, err := q.Dead(ctx, group)
	if err != nil {
		return 0, err
	}
	var ids []any
	for _, l := range letters {
		if len(names) == 0 || slices.Contains(names, l.Name) {
			ids = append(ids, l.Group+"\x00"+l.Name)
		}
	}
	revived := 0
	for part := range slices.Chunk(ids, batch) {
		v, err := q.db.Run(ctx, q.scripts.revive, q.keys, part...)
		if err != nil {
			return revived, err
		}
		n, err := redisdb.Int(v)
		if err != nil {
			return revived, fmt.Errorf("retry: %w", err)
		}
		revived += int(n)
	}
	q.rouse()
	return revived, nil
}

// Names lists what waits in a group or is being worked on. It reads page by
// page: what moves meanwhile may be missing.
func (q *Queue) Names(ctx context.Context, group string) (names []string, err error) {
	for _, set := range q.keys[:2] {
		for from := 0; ; from += batch {
			v, err := q.db.Do(ctx, "ZRANGE", set, from, from+batch-1)
			if err != nil {
				return nil, fmt.Errorf("names in queue: %w", err)
			}
			page, err := redisdb.Texts(v)
			if err != nil {
				return nil, fmt.Errorf("names in queue: %w", err)
			}
			for _, id := range page {
				if of, name, _ := strings.Cut(id, "\x00"); of == group {
					names = append(names, name)
				}
			}
			if len(page) < batch {
				break
			}
		}
	}
	return names, nil
}

// GiveUp makes dead letters of names that wait or are worked on, and says of
// how many: what nobody will ever be able to work on.
func (q *Queue) GiveUp(ctx context.Context, group, reason string, names ...string) (n int, err error) {
	for part := range slices.Chunk(names, batch) {
		args := []any{reason}
		for _, name := range part {
			id, err := id(group, name)
			if err != nil {
				return n, err
			}
			args = append(args, id)
		}
		v, err := q.db.Run(ctx, q.scripts.giveUp, q.keys, args...)
		if err != nil {
			return n, err
		}
		some, err := redisdb.Int(v)
		if err != nil {
			return n, fmt.Errorf("give up: %w", err)
		}
		n += int(some)
	}
	return n, nil
}
