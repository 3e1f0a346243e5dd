package redisfrontier

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// A segment is records in order, compressed: the first eight bytes of the
// first, by which a script knows it again, then lengths and records.
func packSegment(recs []string) (string, error) {
	out := bytes.NewBufferString(recs[0][:idBytes])
	w, err := flate.NewWriter(out, flate.BestSpeed)
	if err != nil {
		return "", err
	}
	var raw []byte
	for _, r := range recs {
		raw = binary.AppendUvarint(raw, uint64(len(r)))
		raw = append(raw, r...)
	}
	_, err = w.Write(raw)
	err = errors.Join(err, w.Close())
	return out.String(), err
}

func unpackSegment(s string) ([]string, error) {
	if len(s) < idBytes {
		return nil, fmt.Errorf("segment in Redis: %w: %d bytes", evidence.ErrInvalid, len(s))
	}
	raw, err := io.ReadAll(flate.NewReader(bytes.NewReader([]byte(s[idBytes:]))))
	if err != nil {
		return nil, fmt.Errorf("segment in Redis: %w: %w", evidence.ErrInvalid, err)
	}
	var recs []string
	for len(raw) > 0 {
		n, size := binary.Uvarint(raw)
		if size <= 0 || uint64(len(raw)-size) < n {
			return nil, fmt.Errorf("segment in Redis: %w: it is cut off", evidence.ErrInvalid)
		}
		recs, raw = append(recs, string(raw[size:size+int(n)])), raw[size+int(n):]
	}
	return recs, nil
}

func laneKey(part, run, host string) string { return part + ":" + run + "\x00" + host }

// packLane compresses full segments of a lane's tail. Somebody else may be
// faster, which is as good.
func (f *Frontier) packLane(ctx context.Context, shard int, run, host string) error {
	for {
		v, err := f.db.Do(ctx, "LRANGE", f.prefix[shard]+laneKey("t", run, host), 0, f.set.Segment-1)
		if err != nil {
			return wrap("pack a lane", err)
		}
		recs, err := redisdb.Texts(v)
		if err != nil || len(recs) < f.set.Segment {
			return err
		}
		seg, err := packSegment(recs)
		if err != nil {
			return wrap("pack a lane", err)
		}
		if _, err := f.db.Run(ctx, f.scripts.pack, f.prefix[shard:shard+1], run, host, "pack", len(recs), recs[0], seg); err != nil {
			return wrap("pack a lane", err)
		}
	}
}

// unpackFirst puts the first segment of a lane into the open again, and
// reports whether there was one.
func (f *Frontier) unpackFirst(ctx context.Context, shard int, run, host string) (bool, error) {
	v, err := f.db.Do(ctx, "LINDEX", f.prefix[shard]+laneKey("s", run, host), 0)
	if errors.Is(err, evidence.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, wrap("unpack a lane", err)
	}
	seg, err := redisdb.Text(v)
	if err != nil {
		return false, err
	}
	recs, err := unpackSegment(seg)
	if err != nil {
		return false, err
	}
	args := []any{run, host, "unpack", seg[:idBytes]}
	for _, r := range recs {
		args = append(args, r)
	}
	_, err = f.db.Run(ctx, f.scripts.pack, f.prefix[shard:shard+1], args...)
	return true, wrap("unpack a lane", err)
}

// unpackLane puts all of a lane into the open, for those who look for a lead.
func (f *Frontier) unpackLane(ctx context.Context, shard int, run, host string) error {
	for {
		if some, err := f.unpackFirst(ctx, shard, run, host); err != nil || !some {
			return err
		}
	}
}

// bury makes dead letters of all that was put aside in a shard.
func (f *Frontier) bury(ctx context.Context, shard int) error {
	v, err := f.db.Do(ctx, "HKEYS", f.prefix[shard]+"doom")
	if err != nil {
		return wrap("bury leads", err)
	}
	doomed, err := redisdb.Texts(v)
	if err != nil {
		return err
	}
	for _, d := range doomed {
		if err := f.buryOne(ctx, shard, d); err != nil {
			return wrap("bury leads", err)
		}
	}
	return nil
}

func (f *Frontier) buryOne(ctx context.Context, shard int, doomed string) error {
	args := []any{doomed}
	for {
		v, err := f.db.Run(ctx, f.scripts.bury, f.prefix[shard:shard+1], args...)
		if err != nil {
			return err
		}
		args = args[:1]
		switch r := v.(type) {
		case int64:
			if r == 0 {
				return nil
			}
		case string:
			recs, err := unpackSegment(r)
			if err != nil {
				return err
			}
			args = append(args, r[:idBytes])
			for _, rec := range recs {
				args = append(args, rec)
			}
		}
	}
}
