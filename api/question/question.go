// Package question reads what is asked for in a URL: the moment, the search,
// the page. It is strict: a parameter that nobody reads is refused by name,
// since a filter that is silently ignored gives a wrong answer.
package question

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"probity/api/doors"
	"probity/api/problem"
	"probity/pipeline/evidence"
)

// Limits of what may be asked at once.
const (
	MaxURL   = 8 << 10 // bytes of path and query
	MaxWords = 200     // runes of a search
	MaxHits  = 100     // of one page
)

// Moment are the parameters that say which moment is meant.
func Moment() []string { return []string{"as_of", "known_at", "standard"} }

// Known refuses parameters that are not among names, by name, and those given
// twice but for the many.
func Known(v url.Values, names, many []string) error {
	var wrong []problem.Field
	for _, k := range slices.Sorted(keys(v)) {
		switch {
		case slices.Contains(many, k):
		case !slices.Contains(names, k):
			wrong = append(wrong, problem.Field{Parameter: k, Detail: "没有这个参数 unknown parameter; known: " + strings.Join(slices.Concat(names, many), ", ")})
		case len(v[k]) > 1:
			wrong = append(wrong, problem.Field{Parameter: k, Detail: "只能出现一次 may be given once"})
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	p := problem.New("invalid", wrong[0].Parameter+": "+wrong[0].Detail)
	p.Errors = wrong
	return p
}

func keys(v url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range v {
			if !yield(k) {
				return
			}
		}
	}
}

// When reads the moment: as_of a date, known_at an instant of RFC 3339,
// standard ID@VERSION. Empty ones are today, now, and the one in force.
func When(asOf, knownAt, standard string, now time.Time) (doors.When, error) {
	w := doors.When{AsOf: evidence.DateOf(now), Standard: standard, Asked: asOf != "" || knownAt != "" || standard != ""}
	if asOf != "" {
		d, err := evidence.ParseDate(asOf)
		if err != nil {
			return w, problem.Wrong("as_of", "要写成 2026-11-02 这样的日期 want a date like 2026-11-02")
		}
		w.AsOf = d
	}
	if knownAt != "" {
		t, err := time.Parse(time.RFC3339, knownAt)
		if err != nil {
			return w, problem.Wrong("known_at", "要写成 RFC 3339 时刻 want an instant like 2026-11-02T10:00:00+08:00")
		}
		if t.After(now) {
			return w, problem.Wrong("known_at", "不能在将来 must not lie in the future")
		}
		w.KnownAt = t
	}
	return w, nil
}

// A Search is what a search asks for, as it is written in a URL.
type Search struct {
	Q      string
	Filter map[string][]string // source, class, type, entity, grade, fact, state
	From   string
	To     string
	Sort   string // newest, oldest; empty: newest
	Size   int    // 0: 20
	Cursor string // as Wrap made it
}

// Facets are what evidence is filtered and counted by.
func Facets() []string { return []string{"source", "class", "type", "grade", "entity", "state"} }

// Filters are the facets, and those that are only filtered by.
func Filters() []string { return append(Facets(), "fact") }

// SearchOf reads a search from a URL's query.
func SearchOf(v url.Values) (Search, error) {
	s := Search{Q: v.Get("q"), Filter: map[string][]string{}, From: v.Get("from"), To: v.Get("to"), Sort: v.Get("sort"), Cursor: v.Get("cursor")}
	for _, f := range Filters() {
		if some := slices.DeleteFunc(slices.Clone(v[f]), func(x string) bool { return x == "" }); len(some) > 0 {
			s.Filter[f] = some
		}
	}
	if n := v.Get("size"); n != "" {
		i, err := strconv.Atoi(n)
		if err != nil || i < 1 {
			return s, problem.Wrong("size", fmt.Sprintf("要 1 到 %d want 1 to %d", MaxHits, MaxHits))
		}
		s.Size = i
	}
	return s, nil
}

// Query checks the search and turns it into the house's words.
func (s Search) Query(kinds ...string) (doors.Query, error) {
	q := doors.Query{Words: strings.TrimSpace(s.Q), Kinds: kinds, Filter: s.Filter, Facets: Facets(), Size: s.Size}
	if q.Size == 0 {
		q.Size = 20
	}
	if q.Size < 1 || q.Size > MaxHits {
		return q, problem.Wrong("size", fmt.Sprintf("要 1 到 %d want 1 to %[1]d", MaxHits))
	}
	if len([]rune(q.Words)) > MaxWords {
		return q, problem.Wrong("q", fmt.Sprintf("至多 %d 字 at most %d characters", MaxWords, MaxWords))
	}
	for _, d := range []struct {
		name, text string
		to         *evidence.Date
	}{{"from", s.From, &q.From}, {"to", s.To, &q.To}} {
		if d.text == "" {
			continue
		}
		date, err := evidence.ParseDate(d.text)
		if err != nil {
			return q, problem.Wrong(d.name, "要写成 2026-11-02 这样的日期 want a date like 2026-11-02")
		}
		*d.to = date
	}
	switch s.Sort {
	case "", "newest":
	case "oldest":
		q.Oldest = true
	default:
		return q, problem.Wrong("sort", "newest 或 or oldest")
	}
	for _, c := range q.Filter["class"] {
		if len(c) != 1 || c[0] < '1' || c[0] > '5' {
			return q, problem.Wrong("class", "要 1 到 5 want 1 to 5, the classes of article 10")
		}
	}
	if s.Cursor == "" {
		return q, nil
	}
	var err error
	q.Cursor, err = s.unwrap(kinds)
	return q, err
}

type cursor struct {
	Of string `json:"o"` // which search
	At string `json:"a"`
}

// Wrap makes the cursor that a reader is given: it goes on this very search
// only, so that nobody pages through another one by accident. Empty: the end.
func (s Search) Wrap(next string, kinds ...string) string {
	if next == "" {
		return ""
	}
	b, err := json.Marshal(cursor{s.digest(kinds), next})
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func (s Search) unwrap(kinds []string) (string, error) {
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(s.Cursor)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || c.At == "" {
		return "", problem.Wrong("cursor", "不是本站给出的游标 not a cursor of this server: start from the first page")
	}
	if c.Of != s.digest(kinds) {
		return "", problem.Wrong("cursor", "属于另一次检索 belongs to another search: start from the first page")
	}
	return c.At, nil
}

// digest tells searches apart; page size may change on the way.
func (s Search) digest(kinds []string) string {
	b, err := json.Marshal([]any{s.Q, s.Filter, s.From, s.To, s.Sort == "oldest", kinds})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// Values writes the search as a URL's query, without its cursor.
func (s Search) Values() url.Values {
	v := url.Values{}
	for k, x := range map[string]string{"q": s.Q, "from": s.From, "to": s.To, "sort": s.Sort} {
		if x != "" {
			v.Set(k, x)
		}
	}
	if s.Size != 0 {
		v.Set("size", strconv.Itoa(s.Size))
	}
	maps.Copy(v, s.Filter)
	return v
}

// Clone returns the search with a filter of its own, to be changed.
func (s Search) Clone() Search {
	f := map[string][]string{}
	for k, v := range s.Filter {
		f[k] = slices.Clone(v)
	}
	s.Filter, s.Cursor = f, ""
	return s
}
