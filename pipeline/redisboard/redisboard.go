// Package redisboard is what the processes of a fleet know of each other, in
// Redis: who leads, who is there, and what people wish of the leader.
//
// A [Leader] is a lease on an office, by the server's time. It says who should
// work, and cannot by itself keep one who was cut off from finishing a write:
// whoever writes must be refused by what he writes to (the ledger's compare
// and swap). A [Board] carries only what may be lost: members beat again, and
// a wish that was lost at a failover is wished again by the person who misses
// its effect. Nothing here is the truth about anything.
package redisboard

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// Limits of a board.
const (
	LongestWish = 64 << 10 // bytes of an order
	MostWishes  = 10_000   // that wait
)

// A Board is small shared state of a fleet.
type Board struct {
	db      *redisdb.DB
	expiry  time.Duration
	members []string
	wishes  []string

	beat, list, wish, waiting, granted *redisdb.Script
}

// NewBoard returns the fleet's board. A member that did not beat for expiry
// is not there.
func NewBoard(db *redisdb.DB, expiry time.Duration) *Board {
	key := func(part string) string { return db.Key("{board}", part) }
	return &Board{
		db: db, expiry: expiry,
		members: []string{key("members"), key("seen")},
		wishes:  []string{key("wishes"), key("order"), key("count")},
		beat:    script("beat"), list: script("members"),
		wish: script("wish"), waiting: script("wishes"), granted: script("granted"),
	}
}

// A Member is one process of the fleet.
type Member struct {
	Name   string          `json:"name"` // unique in the fleet, such as host and pid
	Role   string          `json:"role"`
	Since  time.Time       `json:"since"`            // first beat, by the server's clock
	Seen   time.Time       `json:"seen"`             // last beat
	Status json.RawMessage `json:"status,omitempty"` // a small document of the role's own
}

// Beat says that a member is there. Since and Seen are the server's to say.
func (b *Board) Beat(ctx context.Context, m Member) error {
	if m.Name == "" || strings.Contains(m.Name, "\x00") {
		return fmt.Errorf("beat: %w: a member's name is %q", evidence.ErrInvalid, m.Name)
	}
	m.Since, m.Seen = time.Time{}, time.Time{}
	doc, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("beat: %w: status of %s: %w", evidence.ErrInvalid, m.Name, err)
	}
	_, err = b.db.Run(ctx, b.beat, b.members, m.Name, doc, b.expiry.Microseconds())
	return err
}

// Leave says that a member goes home. One who never came may leave too.
func (b *Board) Leave(ctx context.Context, name string) error {
	if _, err := b.db.Do(ctx, "ZREM", b.members[1], name); err != nil {
		return err
	}
	_, err := b.db.Do(ctx, "HDEL", b.members[0], name, name+"\x00since")
	return err
}

// Members lists who is there, by last beat.
func (b *Board) Members(ctx context.Context) ([]Member, error) {
	v, err := b.db.Run(ctx, b.list, b.members, b.expiry.Microseconds())
	if err != nil {
		return nil, err
	}
	out, err := redisdb.Texts(v)
	if err != nil {
		return nil, fmt.Errorf("members: %w", err)
	}
	members := make([]Member, 0, len(out)/3)
	for i := 0; i+2 < len(out); i += 3 {
		var m Member
		if out[i] == "" { // it left between two beats of its heart
			continue
		}
		if err := json.Unmarshal([]byte(out[i]), &m); err != nil {
			return nil, fmt.Errorf("members: %w: %w", evidence.ErrInvalid, err)
		}
		if m.Since, err = micro(out[i+1]); err != nil {
			return nil, fmt.Errorf("members: %w", err)
		}
		if m.Seen, err = micro(out[i+2]); err != nil {
			return nil, fmt.Errorf("members: %w", err)
		}
		members = append(members, m)
	}
	return members, nil
}

func micro(s string) (time.Time, error) {
	n, err := strconv.ParseFloat(s, 64)
	return time.UnixMicro(int64(n)).UTC(), err
}

// A Wish is an order to the leader.
type Wish struct {
	ID    int64           `json:"id"` // rising
	Order json.RawMessage `json:"order"`
}

// Wish puts an order at the end of those that wait, and returns its number.
// An order too long or no JSON is evidence.ErrInvalid; where too many wait,
// evidence.ErrUnavailable.
func (b *Board) Wish(ctx context.Context, order any) (int64, error) {
	doc, err := json.Marshal(order)
	if err != nil {
		return 0, fmt.Errorf("wish: %w: %w", evidence.ErrInvalid, err)
	}
	if len(doc) > LongestWish {
		return 0, fmt.Errorf("wish: %w: it has %d bytes, %d are the most", evidence.ErrInvalid, len(doc), LongestWish)
	}
	v, err := b.db.Run(ctx, b.wish, b.wishes, doc, MostWishes)
	if err != nil {
		return 0, err
	}
	if n, is := v.(int64); is && n == 0 {
		return 0, fmt.Errorf("wish: %w: %d wait already; is there a leader?", evidence.ErrUnavailable, MostWishes)
	}
	text, err := redisdb.Text(v)
	if err != nil {
		return 0, fmt.Errorf("wish: %w", err)
	}
	return strconv.ParseInt(text, 10, 64)
}

// Wishes lists the oldest wishes that wait, n at most. They stay until they
// are Granted: a leader that dies over one leaves it to the next.
func (b *Board) Wishes(ctx context.Context, n int) ([]Wish, error) {
	v, err := b.db.Run(ctx, b.waiting, b.wishes, max(1, n))
	if err != nil {
		return nil, err
	}
	out, err := redisdb.Texts(v)
	if err != nil {
		return nil, fmt.Errorf("wishes: %w", err)
	}
	wishes := make([]Wish, 0, len(out)/2)
	for i := 0; i+1 < len(out); i += 2 {
		id, err := strconv.ParseInt(out[i], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("wishes: %w", err)
		}
		wishes = append(wishes, Wish{ID: id, Order: json.RawMessage(out[i+1])})
	}
	return wishes, nil
}

// Granted takes a wish away, once what was wished stands. Again is no error.
func (b *Board) Granted(ctx context.Context, id int64) error {
	_, err := b.db.Run(ctx, b.granted, b.wishes, id)
	return err
}
