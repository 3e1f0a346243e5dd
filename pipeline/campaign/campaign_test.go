package campaign_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
	"probity/pipeline/sqlitedb"
)

// MODEL 1, look; MODEL 3: absence and looks need a complete run over the full
// declared scope with its assertions met.
func TestASearchIsCompleteOnlyWhenAllOfItWasSeen(t *testing.T) {
	t.Parallel()
	whole := campaign.Sum{Asked: 3, Fetched: 3, Rows: 40, Records: 40, Filled: map[string]int{"number": 40}}
	src := evidence.Source{Expect: evidence.Expect{MinRows: 10, MaxRows: 100, Filled: map[string]float64{"number": 0.9}}}
	for sentence, test := range map[string]struct {
		change func(*campaign.Sum)
		want   string
		why    string
	}{
		"everything seen and as expected":         {func(*campaign.Sum) {}, evidence.Complete, ""},
		"a page that failed":                      {func(s *campaign.Sum) { s.Failed = map[string]int{"http_500": 1} }, evidence.Partial, "http_500 ×1"},
		"a page that robots refuse":               {func(s *campaign.Sum) { s.Refused = 1 }, evidence.Partial, "robots"},
		"a page not visited, for want of budget":  {func(s *campaign.Sum) { s.Open = 2 }, evidence.Partial, "尚有 2 页"},
		"a hop out of scope makes a run partial":  {func(s *campaign.Sum) { s.Outside = 1 }, evidence.Partial, "超出范围"},
		"fewer rows than declared":                {func(s *campaign.Sum) { s.Rows = 9 }, evidence.Partial, "少于声明的 10"},
		"more rows than declared":                 {func(s *campaign.Sum) { s.Rows = 101 }, evidence.Partial, "多于声明的 100"},
		"a field filled less often than declared": {func(s *campaign.Sum) { s.Filled = map[string]int{"number": 35} }, evidence.Partial, "number 仅 35/40"},
		"nothing but refusals":                    {func(s *campaign.Sum) { s.Fetched, s.Refused = 0, 3 }, evidence.Refused, "robots"},
		"nothing but failures":                    {func(s *campaign.Sum) { s.Fetched, s.Failed = 0, map[string]int{"connect": 3} }, evidence.Failed, "connect ×3"},
		"nothing was asked":                       {func(s *campaign.Sum) { *s = campaign.Sum{} }, evidence.Failed, "没有可访问的页面"},
	} {
		sum := whole
		test.change(&sum)
		got, why := campaign.Judge(src, sum)
		if got != test.want || !strings.Contains(why, test.why) {
			t.Errorf("%s: %s (%s), want %s (%s)", sentence, got, why, test.want, test.why)
		}
	}
}

func TestLooksAreMadeBySourceAndSubject(t *testing.T) {
	t.Parallel()
	sources := map[string]evidence.Source{
		"list":  {ID: "list", Kind: "cf_penalty", Covers: evidence.Covers{Indicators: []string{"2.1"}, Scope: evidence.Scope{Areas: []string{"4403"}}, MaxAge: 30}},
		"sites": {ID: "sites", Kind: "shop_site", Each: true, Covers: evidence.Covers{Indicators: []string{"1.3"}, MaxAge: 30}},
		"none":  {ID: "none"},
	}
	sums := map[string]map[string]*campaign.Sum{
		"list":  {"": {Asked: 1, Fetched: 1}},
		"sites": {"uscc:A": {Asked: 1, Fetched: 1}, "uscc:B": {Asked: 1, Failed: map[string]int{"dns": 1}}, "": {Asked: 1, Fetched: 1}},
	}
	run := campaign.Run{ID: "all-1", Sources: map[string]string{"list": "d1", "sites": "d2", "none": "d3"}}
	looks := campaign.Looks(run, sources, sums, time.Unix(0, 0))
	var got []string
	for _, l := range looks {
		got = append(got, l.Source+" "+strings.Join(l.Scope.Subjects, "")+" "+l.Result)
	}
	if want := "list  complete|sites uscc:A complete|sites uscc:B failed"; strings.Join(got, "|") != want {
		t.Errorf("looks %v, want %s", got, want)
	}
	run.Cohort = true // a cohort looks only where its pages are whole scopes of their own
	if n := len(campaign.Looks(run, sources, sums, time.Unix(0, 0))); n != 2 {
		t.Errorf("%d looks of a cohort, want 2", n)
	}
}

func open(t *testing.T) *campaign.Runs {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(ledger.Options{Dir: filepath.Join(t.TempDir(), "ledger"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = db.Close(), l.Close() })
	runs, err := campaign.Open(t.Context(), db, l, nil)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

func TestARunIsTakenUpWhereItStopped(t *testing.T) {
	t.Parallel()
	runs := open(t)
	run, resumed, err := runs.Begin(t.Context(), campaign.Run{Campaign: "all", Who: "me"})
	if err != nil || resumed || run.ID != "all-1" {
		t.Fatalf("%+v %v %v", run, resumed, err)
	}
	again, resumed, err := runs.Begin(t.Context(), campaign.Run{Campaign: "all", Who: "you"})
	if err != nil || !resumed || again.ID != "all-1" || again.Who != "me" {
		t.Errorf("%+v %v %v", again, resumed, err)
	}
	again.State = campaign.Closed
	if err := runs.Keep(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if next, _, err := runs.Begin(t.Context(), campaign.Run{Campaign: "all"}); err != nil || next.ID != "all-2" {
		t.Errorf("%+v %v", next, err)
	}
}

func TestWhatWasSaidIsNotSaidAgain(t *testing.T) {
	t.Parallel()
	runs := open(t)
	a, b := campaign.Saying{Key: "look:a", Kind: "look", Body: 1}, campaign.Saying{Key: "look:b", Kind: "look", Body: 2}
	first, err := runs.Once(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	both, err := runs.Once(t.Context(), a, b)
	if err != nil || both != first+1 {
		t.Errorf("position %d after %d: %v", both, first, err)
	}
	if again, err := runs.Once(t.Context(), b, a); err != nil || again != first {
		t.Errorf("position %d, want the one of a: %d: %v", again, first, err)
	}
	if _, err := runs.Said(t.Context(), "look:c"); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
