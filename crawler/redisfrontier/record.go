package redisfrontier

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// A record is a lead as it lies in Redis:
//
//	8 bytes  of its key, which are its integer in the seen-set
//	1 byte   attempts that failed
//	5 bytes  of the digest of its profile
//	1 byte   what follows
//	...      depth, hop, origin, body, about, volatile, as far as there are any
//	...      the URL; without scheme and host where it begins with the lane's
//
// A profile is what many leads share: method, source and view.
const (
	idBytes, refBytes = 8, 5
	headBytes         = idBytes + 1 + refBytes + 1
)

const (
	hasSecure = 1 << iota // https
	hasURL                // whole
	hasDepth
	hasHop
	hasOrigin // 32 bytes
	hasMore   // body, about, volatile or an odd origin, as JSON
)

// more is what few leads have.
type more struct {
	Body     string          `json:"b,omitempty"`
	About    *evidence.Party `json:"a,omitempty"`
	Volatile []string        `json:"v,omitempty"`
	Origin   string          `json:"o,omitempty"`
}

// ident is the integer by which a lead is known within its run and shard.
func ident(l evidence.Lead) int64 {
	var b [idBytes]byte
	key := l.Key()
	if _, err := hex.Decode(b[:], []byte(key[len(key)-2*idBytes:])); err != nil {
		copy(b[:], key[len(key)-idBytes:])
	}
	return int64(binary.BigEndian.Uint64(b[:]))
}

func identBytes(n int64) string {
	return string(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

func profile(l evidence.Lead) string { return l.Method + "\x00" + l.Source + "\x00" + l.View }

func reference(profile string) string {
	var b [refBytes]byte
	_, _ = hex.Decode(b[:], []byte(evidence.Digest("profile", profile)[:2*refBytes]))
	return string(b[:])
}

// pack makes the record of a lead in a lane of that host.
func pack(l evidence.Lead, host string, n int64, ref string) (string, error) {
	b := make([]byte, 0, headBytes+len(l.URL)+40)
	b = binary.BigEndian.AppendUint64(b, uint64(n))
	b = append(b, 0)
	b = append(b, ref...)
	flags := byte(0)
	url := l.URL
	if rest, ok := strings.CutPrefix(url, "https://"+host); ok && begins(rest) {
		flags, url = hasSecure, rest
	} else if rest, ok := strings.CutPrefix(url, "http://"+host); ok && begins(rest) {
		url = rest
	} else {
		flags = hasURL
	}
	b = append(b, flags)
	if l.Depth != 0 {
		flags |= hasDepth
		b = binary.AppendVarint(b, int64(l.Depth))
	}
	if l.Hop != 0 {
		flags |= hasHop
		b = binary.AppendVarint(b, int64(l.Hop))
	}
	m := more{Body: l.Body, About: l.About, Volatile: l.Volatile}
	if raw, err := hex.DecodeString(l.Origin); err == nil && len(raw) == 32 && hex.EncodeToString(raw) == l.Origin {
		flags |= hasOrigin
		b = append(b, raw...)
	} else {
		m.Origin = l.Origin
	}
	if m.Body != "" || m.About != nil || m.Volatile != nil || m.Origin != "" {
		flags |= hasMore
		doc, err := json.Marshal(m)
		if err != nil {
			return "", err
		}
		b = binary.AppendUvarint(b, uint64(len(doc)))
		b = append(b, doc...)
	}
	b[headBytes-1] = flags
	return string(append(b, url...)), nil
}

// begins reports whether what follows a host is not more of its name.
func begins(rest string) bool {
	return rest == "" || rest[0] == '/' || rest[0] == '?' || rest[0] == '#'
}

// unpack is the lead of a record, and how often it was tried.
func unpack(rec, host, profile string) (evidence.Lead, int, error) {
	var l evidence.Lead
	var ok bool
	if l.Method, profile, ok = strings.Cut(profile, "\x00"); !ok || len(rec) < headBytes {
		return l, 0, noRecord(rec)
	}
	l.Source, l.View, _ = strings.Cut(profile, "\x00")
	flags, rest := rec[headBytes-1], rec[headBytes:]
	for _, n := range []struct {
		bit byte
		to  *int
	}{{hasDepth, &l.Depth}, {hasHop, &l.Hop}} {
		if flags&n.bit == 0 {
			continue
		}
		v, size := binary.Varint([]byte(rest[:min(len(rest), binary.MaxVarintLen64)]))
		if size <= 0 {
			return l, 0, noRecord(rec)
		}
		*n.to, rest = int(v), rest[size:]
	}
	if flags&hasOrigin != 0 {
		if len(rest) < 32 {
			return l, 0, noRecord(rec)
		}
		l.Origin, rest = hex.EncodeToString([]byte(rest[:32])), rest[32:]
	}
	if flags&hasMore != 0 {
		n, size := binary.Uvarint([]byte(rest[:min(len(rest), binary.MaxVarintLen64)]))
		if size <= 0 || uint64(len(rest)-size) < n {
			return l, 0, noRecord(rec)
		}
		if err := addMore(&l, []byte(rest[size:size+int(n)])); err != nil {
			return l, 0, err
		}
		rest = rest[size+int(n):]
	}
	switch {
	case flags&hasURL != 0:
		l.URL = rest
	case flags&hasSecure != 0:
		l.URL = "https://" + host + rest
	default:
		l.URL = "http://" + host + rest
	}
	return l, int(rec[idBytes]), nil
}

func noRecord(rec string) error {
	return fmt.Errorf("lead in Redis: %w: %d bytes that are no record", evidence.ErrInvalid, len(rec))
}

func addMore(l *evidence.Lead, doc []byte) error {
	var m more
	if err := json.Unmarshal(doc, &m); err != nil {
		return fmt.Errorf("lead in Redis: %w: %w", evidence.ErrInvalid, err)
	}
	l.Body, l.About, l.Volatile = m.Body, m.About, m.Volatile
	if m.Origin != "" {
		l.Origin = m.Origin
	}
	return nil
}

// read is unpack with the profile from memory or from the shard.
func (f *Frontier) read(ctx context.Context, shard int, rec, host string) (evidence.Lead, int, error) {
	if len(rec) < headBytes {
		return unpack(rec, host, "")
	}
	ref := rec[idBytes+1 : idBytes+1+refBytes]
	p, ok := f.known.Load(ref)
	if !ok {
		v, err := f.db.Do(ctx, "HGET", f.prefix[shard]+"p", ref)
		if err != nil {
			return evidence.Lead{}, 0, fmt.Errorf("profile of a lead: %w", err)
		}
		s, err := redisdb.Text(v)
		if err != nil {
			return evidence.Lead{}, 0, err
		}
		f.known.Store(ref, s)
		p = s
	}
	return unpack(rec, host, p.(string)) //nolint:forcetypeassert // only strings are stored
}
