package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"probity/api/doors"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// A file is a dossier with everything behind it, down to the captures.
type file struct {
	doors.Dossier
	Asked    string         `json:"asked"`
	Moved    bool           `json:"moved,omitempty"` // asked by an earlier id or a weaker identifier
	Scope    string         `json:"scope"`           // whether the configured area contains it, and why
	Records  []doors.Record `json:"records"`
	Captures []behind       `json:"captures"`
}

// behind is one capture that a dossier rests on.
type behind struct {
	ID      string    `json:"id"`
	Content string    `json:"content"`
	Source  string    `json:"source"`
	URL     string    `json:"url"`
	Time    time.Time `json:"time"`
	Payload string    `json:"payload"` // SHA-256 of the bytes
	WARC    string    `json:"warc"`    // file, offset, length
	Custody string    `json:"custody,omitempty"`
	Seen    int       `json:"seen"` // how often the same content came
}

// doDossier prints everything that holds about an operator and how it came to
// be. A text that may mean several gets candidates with reasons, never a
// guess, and exit code 3.
func doDossier(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("dossier", &c)
	asOf := w.String("as-of", "", "what held on this `date`")
	known := w.String("known-at", "", "by what was known at this `instant`, as 2026-11-02 or 2026-11-02T10:00:00+08:00")
	texts, err := w.arguments(sh, args, 1, -1, "USCC|NAME|ID [-as-of DATE] [-known-at INSTANT] [-json]")
	if err != nil {
		return err
	}
	when := doors.When{Asked: *asOf != "" || *known != ""}
	if when.AsOf, err = date(or(*asOf, string(evidence.DateOf(sh.now())))); err != nil {
		return err
	}
	if when.KnownAt, err = instant(*known); err != nil {
		return err
	}
	text := strings.Join(texts, " ")
	return with(ctx, sh, c, datadir.Command, func(h *house) error {
		who, err := finder{h}.Find(ctx, text)
		if errors.Is(err, evidence.ErrNotFound) {
			return fmt.Errorf("%w: 没有这样的主体 nobody bears it: `probity search %s` finds where it is written", err, text)
		}
		if err != nil {
			return err
		}
		if who.To == "" {
			return errors.Join(errSeveral, candidates(sh, w.json, text, who))
		}
		f, err := h.file(ctx, who.To, when)
		if err != nil {
			return err
		}
		f.Asked, f.Moved = text, who.Moved
		if w.json {
			return printJSON(sh.out, f)
		}
		return f.print(sh)
	})
}

// instant reads a moment; a day means its end.
func instant(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if d, err := evidence.ParseDate(s); err == nil {
		return d.AddDays(1).Time().Add(-time.Nanosecond), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, invalid("-known-at %q: want an instant like 2026-11-02T10:00:00+08:00, or a date", s)
	}
	return t, nil
}

// file puts a dossier together with its records and captures.
func (h *house) file(ctx context.Context, id string, when doors.When) (file, error) {
	d, err := registry{h}.Dossier(ctx, id, when)
	f := file{Dossier: d, Scope: h.scopeOf(d.Subject)}
	if err != nil {
		return f, err
	}
	contents := map[string]bool{}
	for _, id := range d.Entity.Records {
		r, err := proofs{h}.Record(ctx, id)
		if err != nil {
			return f, err
		}
		f.Records = append(f.Records, r)
		for _, v := range r.Versions {
			for _, c := range v.Citations {
				contents[c.Content] = true
			}
		}
	}
	for _, content := range sortedKeys(contents) {
		b, err := h.behind(ctx, content, when.KnownAt)
		if errors.Is(err, evidence.ErrNotFound) {
			continue
		}
		if err != nil {
			return f, err
		}
		f.Captures = append(f.Captures, b)
	}
	slices.SortFunc(f.Captures, func(a, b behind) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	return f, nil
}

// behind is the first capture of a content: when it was first seen, by then.
func (h *house) behind(ctx context.Context, content string, by time.Time) (behind, error) {
	seen, err := h.runs.Captures(ctx, content)
	if err != nil {
		return behind{}, err
	}
	n := 0
	for _, s := range seen {
		if by.IsZero() || !s.Time.After(by) {
			n++
		}
	}
	if n == 0 {
		return behind{}, evidence.ErrNotFound
	}
	c, at, err := h.archive.Capture(ctx, seen[0].Capture)
	return behind{
		ID: c.ID, Content: content, Source: c.Lead.Source, URL: c.Lead.URL, Time: c.Time, Payload: c.Payload, WARC: at.String(), Custody: c.Custody, Seen: n,
	}, err
}

// scopeOf says whether the configured area contains a subject, and why.
func (h *house) scopeOf(s evidence.Subject) string {
	areas := strings.Join(h.config.Areas, "、")
	how := "登记 registered"
	if s.AreaInferred {
		how = "由代码推断 inferred from the code"
	}
	switch {
	case s.OutOfScope != "":
		return "不在评价范围 out of scope: " + s.OutOfScope
	case len(h.config.Areas) == 0:
		return "在评价范围 in scope: 未限定地区 no area is configured"
	case s.Area == "":
		return "在评价范围 in scope: 地区不明，不据此排除 its area is not known, which excludes nobody"
	}
	return fmt.Sprintf("在评价范围 in scope: 地区 area %s（%s）属于 lies in %s", s.Area, how, areas)
}
