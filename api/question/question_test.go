package question_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"probity/api/doors"
	"probity/api/problem"
	"probity/api/question"
	"probity/pipeline/evidence"
)

func now() time.Time { return time.Date(2026, 11, 9, 23, 30, 0, 0, time.UTC) }

// MODEL 2: as_of is a day in Asia/Shanghai, today where none is named.
func TestWhen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, asOf, known, standard string
		want                        doors.When
		wrong                       string
	}{
		{name: "nothing asked is today in Shanghai", want: doors.When{AsOf: "2026-11-10"}},
		{name: "a day", asOf: "2026-11-02", want: doors.When{AsOf: "2026-11-02", Asked: true}},
		{name: "a day in the future is asked for when its result will change", asOf: "2027-01-01", want: doors.When{AsOf: "2027-01-01", Asked: true}},
		{name: "an instant", known: "2026-11-02T10:00:00+08:00", want: doors.When{AsOf: "2026-11-10", Asked: true, KnownAt: time.Date(2026, 11, 2, 2, 0, 0, 0, time.UTC)}},
		{name: "a standard", standard: "S@1", want: doors.When{AsOf: "2026-11-10", Asked: true, Standard: "S@1"}},
		{name: "a day that is none", asOf: "2026-02-30", wrong: "as_of"},
		{name: "an instant that is none", known: "yesterday", wrong: "known_at"},
		{name: "an instant to come", known: "2026-12-01T00:00:00Z", wrong: "known_at"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := question.When(c.asOf, c.known, c.standard, now())
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) || problem.Of(err).Status != 400 {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil || got.AsOf != c.want.AsOf || !got.KnownAt.Equal(c.want.KnownAt) || got.Standard != c.want.Standard || got.Asked != c.want.Asked {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// A cursor goes on its own search, in any page size, and on no other.
func TestCursorsBelongToASearch(t *testing.T) {
	t.Parallel()
	s := question.Search{Q: "罚款", Filter: map[string][]string{"class": {"2"}}, From: "2026-01-01", Size: 20}
	s.Cursor = s.Wrap("place", "record", "content")
	if s.Wrap("", "record") != "" {
		t.Error("the end has a cursor")
	}
	larger := s
	larger.Size = 50
	for name, c := range map[string]struct {
		search question.Search
		kinds  []string
		ok     bool
	}{
		"the same":      {s, []string{"record", "content"}, true},
		"larger pages":  {larger, []string{"record", "content"}, true},
		"other words":   {question.Search{Q: "罚", Filter: s.Filter, From: s.From, Cursor: s.Cursor}, []string{"record", "content"}, false},
		"other filters": {question.Search{Q: s.Q, From: s.From, Cursor: s.Cursor}, []string{"record", "content"}, false},
		"other kinds":   {s, []string{"entity"}, false},
		"other order":   {question.Search{Q: s.Q, Filter: s.Filter, From: s.From, Sort: "oldest", Cursor: s.Cursor}, []string{"record", "content"}, false},
	} {
		q, err := c.search.Query(c.kinds...)
		if (err == nil) != c.ok || c.ok && q.Cursor != "place" {
			t.Errorf("%s: %q, %v", name, q.Cursor, err)
		}
	}
}

// A search written as a URL is the same search when it is read again.
func TestSearchSurvivesItsURL(t *testing.T) {
	t.Parallel()
	s := question.Search{Q: "“深市监” 罚", Filter: map[string][]string{"source": {"a", "b"}, "fact": {"f"}}, From: "2026-01-01", To: "2026-02-01", Sort: "oldest", Size: 7}
	got, err := question.SearchOf(s.Values())
	if err != nil || got.Wrap("x", "record") != s.Wrap("x", "record") || got.Size != 7 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Limits hold before anybody is asked.
func TestLimits(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]question.Search{
		"words": {Q: strings.Repeat("罚", question.MaxWords+1)}, "size": {Size: question.MaxHits + 1}, "class": {Filter: map[string][]string{"class": {"0"}}},
		"from": {From: "2026"}, "to": {To: "x"}, "sort": {Sort: "best"},
	} {
		if _, err := s.Query("record"); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if q, err := (question.Search{Q: strings.Repeat("罚", question.MaxWords)}).Query("record"); err != nil || q.Size != 20 {
		t.Errorf("%+v, %v", q, err)
	}
}

// Whatever stands in a URL, it is read or refused; what is read is within the
// limits.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{"q=a&class=2&cursor=eyJvIjoieCIsImEiOiJ5In0", "size=-1", "from=2026-13-01", "sort=oldest&fact=a&fact=b", "cursor=%00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		v, err := url.ParseQuery(raw)
		if err != nil {
			t.Skip("no query")
		}
		_ = question.Known(v, []string{"q", "size"}, question.Filters())
		s, err := question.SearchOf(v)
		if err != nil {
			return
		}
		q, err := s.Query("record")
		if err != nil {
			if problem.Of(err).Status != 400 {
				t.Errorf("%v", err)
			}
			return
		}
		if q.Size < 1 || q.Size > question.MaxHits || len([]rune(q.Words)) > question.MaxWords {
			t.Errorf("beyond the limits: %+v", q)
		}
		if _, err := evidence.ParseDate(string(q.From)); q.From != "" && err != nil {
			t.Errorf("from %q", q.From)
		}
	})
}
