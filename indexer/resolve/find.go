package resolve

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Found is the answer to whom a text means. One of To and Candidates is set;
// several hits are candidates with reasons, never a guess.
type Found struct {
	To         string // the entity's id
	Moved      bool   // asked by another id or a weaker identifier: 308
	Contested  bool   // asked by an identifier that joins nothing: 300
	Candidates []Candidate
}

// A Candidate is an entity that a text might mean, and why.
type Candidate struct {
	ID     string
	Name   string
	Anchor evidence.Identifier
	Kind   string
	Area   string
	Reason string // in Chinese and English
}

// most is how many candidates are worth reading.
const most = 20

// Find says whom a text means: an id, a code, a shop (PLATFORM/ID), a site's
// host, a name or a part of it. evidence.ErrNotFound if nobody.
func (s *Store) Find(ctx context.Context, text string) (Found, error) {
	var out Found
	text = strings.TrimSpace(text)
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM resolve_entities WHERE id = ?`, text).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			out.To = text
			return nil
		}
		for _, ask := range asks(text) {
			hits, err := ask.hits(ctx, tx)
			if err != nil {
				return err
			}
			if len(hits) > 0 {
				return out.settle(ctx, tx, hits)
			}
		}
		return evidence.ErrNotFound
	})
	if err != nil {
		return Found{}, fmt.Errorf("find %q: %w", text, err)
	}
	return out, nil
}

// An asking is one way to understand a text; the first that finds anybody
// counts.
type asking struct {
	where string
	arg   string
}

// asks are the ways in order: exact key, name, beginning of a name, part of
// one.
func asks(text string) []asking {
	var out []asking
	key := func(k string) { out = append(out, asking{`key = ?`, k}) }
	key(text) // a digest
	if id, ok := evidence.ParseIdentifier(text); ok && id.Scheme.Rank() < 99 {
		key("i:" + id.Value)
	}
	if id, ok := evidence.Recognise(text); ok {
		key("i:" + id.Value)
	}
	key("i:" + text)
	key("i:" + strings.ToLower(text))
	name := evidence.FoldName(text)
	if name == "" {
		return out
	}
	key("n:" + name)
	like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(name)
	return append(out,
		asking{`key >= 'n:' AND key < 'n;' AND key LIKE ? ESCAPE '\'`, "n:" + like + "%"},
		asking{`key >= 'n:' AND key < 'n;' AND key LIKE ? ESCAPE '\'`, "n:%" + like + "%"})
}

type hit struct{ entity, how, said string }

func (a asking) hits(ctx context.Context, tx *sqlitedb.Tx) (out []hit, err error) {
	err = tx.Each(ctx, `SELECT entity, how, said FROM resolve_known WHERE `+a.where+` ORDER BY entity, how, said LIMIT 200`, []any{a.arg}, func(r *sqlitedb.Rows) error {
		var h hit
		err := r.Scan(&h.entity, &h.how, &h.said)
		out = append(out, h)
		return err
	})
	return out, err
}

// settle answers with the one entity that was meant, or with all that may be.
func (f *Found) settle(ctx context.Context, tx *sqlitedb.Tx, hits []hit) error {
	why := map[string][]string{}
	for _, h := range hits {
		reason := h.reason()
		if !slices.Contains(why[h.entity], reason) {
			why[h.entity] = append(why[h.entity], reason)
		}
		f.Contested = f.Contested || h.how == "contested"
		f.Moved = f.Moved || h.how == "alias"
	}
	if len(why) == 1 && !f.Contested {
		f.To = hits[0].entity
		e, _, err := readEntity(ctx, tx, f.To)
		f.Moved = f.Moved || hits[0].how == "identifier" && hits[0].said != e.Anchor.String()
		return err
	}
	f.Moved = false
	for _, id := range sorted(why) {
		e, _, err := readEntity(ctx, tx, id)
		if err != nil {
			return err
		}
		area, _ := areaOn(e, "9999-12-31")
		f.Candidates = append(f.Candidates, Candidate{ID: id, Name: nameOf(e, ""), Anchor: e.Anchor, Kind: e.Kind, Area: area, Reason: strings.Join(why[id], "；")})
	}
	slices.SortStableFunc(f.Candidates, func(a, b Candidate) int { return strings.Compare(a.Name, b.Name) })
	f.Candidates = f.Candidates[:min(most, len(f.Candidates))]
	return nil
}

func (h hit) reason() string {
	switch h.how {
	case "contested":
		return "标识符归属有争议 contested identifier " + h.said
	case "shop":
		return "曾经或现在经营该网店 holds or held the shop " + h.said
	case "site":
		return "曾经或现在主办该网站 holds or held the site " + h.said
	case "name":
		return "名称「" + h.said + "」 name"
	case "alias":
		return "曾用此编号 known by this id"
	}
	return "标识符 identifier " + h.said
}
