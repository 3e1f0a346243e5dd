package redisboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// A Leader is one who would hold an office, of which a fleet has one at a time.
type Leader struct {
	db     *redisdb.DB
	office string
	who    string
	lasts  time.Duration
	log    *slog.Logger
	script *redisdb.Script
}

// NewLeader returns a candidate for the office. who is the member's name. A
// lease lasts so long after its last heartbeat, of which there are three in
// that time; so long may nobody lead after a leader died.
func NewLeader(db *redisdb.DB, office, who string, lasts time.Duration, log *slog.Logger) *Leader {
	return &Leader{db: db, office: office, who: who, lasts: lasts, log: log, script: script("lead")}
}

func (l *Leader) keys() []string { return []string{l.db.Key("leader", "{"+l.office+"}")} }

func (l *Leader) call(ctx context.Context, verb string, fence int64) (int64, error) {
	v, err := l.db.Run(ctx, l.script, l.keys(), verb, l.who, strconv.FormatInt(fence, 10), l.lasts.Microseconds())
	if err != nil {
		return 0, err
	}
	if text, is := v.(string); is {
		return strconv.ParseInt(text, 10, 64)
	}
	return redisdb.Int(v)
}

// Lead campaigns until it holds the office, runs do, and campaigns again when
// the lease was lost. do's context ends when it is lost, by this machine's
// monotonic clock not later than another may win it; fence is greater than
// that of every leader before. Lead returns what do returns while it leads,
// and nil when it was told to stop. A server that is away is waited for.
func (l *Leader) Lead(ctx context.Context, do func(ctx context.Context, fence int64) error) error {
	for {
		fence, since, err := l.campaign(ctx)
		if err != nil || fence == 0 {
			return err
		}
		l.log.InfoContext(ctx, "leading", slog.String("office", l.office), slog.Int64("fence", fence))
		lost, err := l.hold(ctx, fence, since, do)
		if !lost {
			return unlessStopped(ctx, err)
		}
		l.log.WarnContext(ctx, "the lead was lost", slog.String("office", l.office), slog.Int64("fence", fence), slog.Any("error", err))
	}
}

// unlessStopped is err, but nil where it only says that ctx has ended.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// campaign returns the fence, and when it asked for it; 0 when ctx has ended.
func (l *Leader) campaign(ctx context.Context) (fence int64, since time.Time, err error) {
	for ctx.Err() == nil {
		since = time.Now() // only its monotonic part counts
		wait := l.lasts / 3
		switch n, err := l.call(ctx, "campaign", 0); {
		case errors.Is(err, evidence.ErrUnavailable):
			l.log.WarnContext(ctx, "cannot campaign", slog.String("office", l.office), slog.Any("error", err))
		case ctx.Err() != nil && err != nil: // it was cut off, and is over below
		case err != nil:
			return 0, since, fmt.Errorf("campaign for %s: %w", l.office, err)
		case n > 0:
			return n, since, nil
		default:
			wait = min(wait, time.Duration(-n)*time.Microsecond)
		}
		timer := time.NewTimer(wait + rand.N(l.lasts/10+1))
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	return 0, since, nil
}

// hold runs do while the lease is held, and says whether it was lost.
func (l *Leader) hold(ctx context.Context, fence int64, since time.Time, do func(context.Context, int64) error) (lost bool, err error) {
	inner, cancel := context.WithCancelCause(ctx)
	beat := make(chan struct{})
	go func() {
		defer close(beat)
		l.heartbeat(inner, fence, since, cancel)
	}()
	err = do(inner, fence)
	lost = errors.Is(context.Cause(inner), evidence.ErrConflict)
	cancel(nil)
	<-beat
	if !lost {
		l.leave(ctx, fence)
	}
	return lost, err
}

func (l *Leader) heartbeat(ctx context.Context, fence int64, since time.Time, lost context.CancelCauseFunc) {
	gone := func(why string) {
		lost(fmt.Errorf("lead of %s: %w: %s", l.office, evidence.ErrConflict, why))
	}
	ends := time.AfterFunc(time.Until(since.Add(l.lasts)), func() { gone("no heartbeat reached the server in time") })
	defer ends.Stop()
	tick := time.NewTicker(max(l.lasts/3, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked := time.Now() // only its monotonic part counts
		switch n, err := l.call(ctx, "hold", fence); {
		case err != nil:
			l.log.WarnContext(ctx, "heartbeat of the leader failed", slog.String("office", l.office), slog.Any("error", err))
		case n == 0:
			gone("the lease has ended")
			return
		default:
			ends.Reset(time.Until(asked.Add(l.lasts)))
		}
	}
}

// leave gives the office up, so that the next need not wait for the lease to end.
func (l *Leader) leave(ctx context.Context, fence int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if _, err := l.call(ctx, "leave", fence); err != nil {
		l.log.WarnContext(ctx, "the lead ends by itself", slog.String("office", l.office), slog.Any("error", err))
	}
}

// An Office is who leads.
type Office struct {
	Who   string    `json:"who"`
	Fence int64     `json:"fence"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"` // by the server's clock, unless extended
}

// Who says who held the office last, which by Until may be over;
// evidence.ErrNotFound where nobody ever did.
func (l *Leader) Who(ctx context.Context) (o Office, err error) {
	v, err := l.db.Do(ctx, "HGETALL", l.keys()[0])
	if err != nil {
		return o, err
	}
	fields, err := redisdb.Fields(v)
	if err != nil {
		return o, fmt.Errorf("who leads %s: %w", l.office, err)
	}
	if len(fields) == 0 {
		return o, fmt.Errorf("who leads %s: %w", l.office, evidence.ErrNotFound)
	}
	o.Who = fields["who"]
	if o.Fence, err = strconv.ParseInt(fields["fence"], 10, 64); err != nil {
		return o, fmt.Errorf("who leads %s: %w", l.office, err)
	}
	if o.Since, err = micro(fields["since"]); err != nil {
		return o, fmt.Errorf("who leads %s: %w", l.office, err)
	}
	o.Until, err = micro(fields["until"])
	return o, err
}
