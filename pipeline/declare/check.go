package declare

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/media"
	"probity/pipeline/timetable"
)

// Readers are the kinds of view that extractors can read.
func Readers() []string {
	return []string{"table", "detail", "links", "judgment", "shop", "reviews", "site", evidence.ReadKeep, evidence.ReadDiscover}
}

// check refuses a source that could not be answered for: one without a legal
// basis, purpose, impact note or retention (Measures art. 7-10; regulation on
// network data security art. 18), or one that nothing could read.
func check(f File, s evidence.Source) error {
	var problems []error
	bad := func(key, format string, args ...any) { problems = append(problems, problem(f, key, format, args...)) }
	for key, v := range map[string]string{
		"source": s.ID, "title": s.Title, "publisher": s.Publisher, "kind": s.Kind,
		"legal_basis": s.LegalBasis, "purpose": s.Purpose, "impact": s.Impact,
	} {
		if strings.TrimSpace(v) == "" {
			bad(key, "is missing: every source states it")
		}
	}
	if s.Class < 1 || s.Class > 5 {
		bad("class", "%d is no class of Article 10: want 1 to 5", s.Class)
	}
	if s.Retention <= 0 {
		bad("retention_months", "is missing: say for how many months the pages are kept")
	}
	checkList(s, bad)
	if len(s.Covers.Indicators) > 0 && s.Covers.MaxAge <= 0 {
		bad("covers.max_age_days", "is missing: say for how many days a look speaks")
	}
	for i, p := range append(slices.Clone(s.Include), s.Exclude...) {
		if _, err := regexp.Compile(p); err != nil {
			bad("include", "pattern %d: %v", i, err)
		}
	}
	for i, kind := range s.Types {
		if !slices.Contains(media.Kinds(), kind) {
			bad(fmt.Sprintf("types.%d", i), "no kind of file %q: there are %s", kind, strings.Join(media.Kinds(), ", "))
		}
	}
	if s.Schedule != "" {
		if _, err := timetable.Schedule(s.Schedule); err != nil {
			bad("schedule", "%v", err)
		}
	}
	if len(s.Views) == 0 {
		bad("views", "are missing: nothing says how a page is read")
	}
	checkExpect(s, bad)
	checkDiscover(s, bad)
	checkVisits(s, bad)
	for i, v := range s.Views {
		checkView(v, func(key, format string, args ...any) { bad(fmt.Sprintf("views.%d.%s", i, key), format, args...) })
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}

// checkList holds MODEL 3: a missing row of an event list may mean
// "unpublished", of a standings list "ends", of either "nothing".
func checkList(s evidence.Source, bad func(string, string, ...any)) {
	allowed := map[string][]string{
		"events":    {evidence.MissingUnpublished, evidence.MissingNothing},
		"standings": {evidence.MissingEnds, evidence.MissingNothing},
		"snapshot":  {evidence.MissingNothing, ""},
	}
	means, ok := allowed[s.List]
	if !ok {
		bad("list", "%q: want events, standings or snapshot", s.List)
		return
	}
	if !slices.Contains(means, s.Missing) {
		bad("missing", "%q cannot be said of a missing row of %s: want %s", s.Missing, s.List, strings.Join(means[:max(1, len(means)-1)], " or ")+" or nothing")
	}
}

// checkExpect refuses a share of a field that no view states: such a run could
// never be complete.
func checkExpect(s evidence.Source, bad func(string, string, ...any)) {
	var types []evidence.RecordType
	for _, v := range s.Views {
		for _, name := range states(v) {
			if typ, ok := evidence.TypeOf(name); ok {
				types = append(types, typ)
			}
		}
	}
	for field := range s.Expect.Filled {
		if !slices.ContainsFunc(types, func(typ evidence.RecordType) bool { return known(typ, field) }) {
			bad("expect.filled", "no view states a field %q", field)
		}
	}
}

// checkVisits refuses starts that are no addresses, and bounds that bound
// nothing.
func checkVisits(s evidence.Source, bad func(string, string, ...any)) {
	for i, st := range s.Start {
		if _, err := evidence.NewLead(s.ID, st.URL); err != nil {
			bad(fmt.Sprintf("start.%d.url", i), "%v", err)
		}
	}
	if r := s.Revisit; r != nil && (r.Least < 0 || r.Most < 0 || r.Most > 0 && r.Least > r.Most) {
		bad("revisit", "least %s and most %s: want 0 or more, and no least beyond most", r.Least, r.Most)
	}
	if t := s.Traps; t != nil {
		if t.Alike < 0 {
			bad("traps.alike", "%d: want 0 (likeness does not matter) or more", t.Alike)
		}
		for key, b := range map[string]evidence.Budget{"traps.budget": t.Budget, "traps.host_budget": t.HostBudget} {
			if b.Requests < 0 || b.Bytes < 0 || b.Minutes < 0 {
				bad(key, "%+v: want 0 (no limit) or more", b)
			}
		}
	}
}

// checkDiscover refuses words that mean nothing, and views that would hide
// those of sitemaps and feeds or lead nowhere.
func checkDiscover(s evidence.Source, bad func(string, string, ...any)) {
	for i, word := range s.Discover {
		if !slices.Contains(evidence.Discoveries(), word) {
			bad(fmt.Sprintf("discover.%d", i), "%q: want %s", word, strings.Join(evidence.Discoveries(), ", "))
		}
	}
	for i, v := range s.Views {
		switch {
		case v.Name == evidence.SitemapView || v.Name == evidence.FeedView || v.Name == evidence.ProbeView || v.Name == evidence.PartView:
			bad(fmt.Sprintf("views.%d.name", i), "%q is the name of a view that discover or traps gives, or render: take another", v.Name)
		case v.Read == evidence.ReadDiscover && len(s.Discover) == 0:
			bad(fmt.Sprintf("views.%d.read", i), "a view that only leads further needs discover: say what it is led by")
		}
	}
}

// checkRender holds what a page under a browser may take to what its host can
// be asked for in one visit.
func checkRender(r *evidence.Render, bad func(string, string, ...any)) {
	switch {
	case r == nil:
	case r.Requests < 0 || r.Requests > maxRequests:
		bad("render.requests", "%d: want 1 to %d, or 0 for the default", r.Requests, maxRequests)
	case r.Timeout < 0 || r.Timeout > maxRender:
		bad("render.timeout", "%s: want up to %s", r.Timeout, maxRender)
	case r.Together < 0 || r.Together > maxTogether:
		bad("render.together", "%d: want up to %d requests that follow each other at once", r.Together, maxTogether)
	}
}

// The most that a source may declare for a page under a browser.
const (
	maxRequests = 500
	maxTogether = 60
	maxRender   = 10 * time.Minute
)

func checkView(v evidence.View, bad func(string, string, ...any)) {
	checkRender(v.Render, bad)
	if v.Name == "" {
		bad("name", "is missing")
	}
	if _, err := regexp.Compile(v.Match); err != nil {
		bad("match", "%v", err)
	}
	for word := range strings.SplitSeq(v.Format, "|") {
		if _, ok := evidence.Formats()[word]; !ok && v.Format != "" {
			bad("format", "%q: want one or more of %s, joined by |", v.Format, strings.Join(Names(evidence.Formats()), ", "))
		}
	}
	if !slices.Contains(Readers(), v.Read) {
		bad("read", "%q: want one of %s", v.Read, strings.Join(Readers(), ", "))
	}
	if v.Read == "links" || v.Read == evidence.ReadKeep || v.Read == evidence.ReadDiscover {
		return
	}
	for _, name := range states(v) {
		checkType(v, name, bad)
	}
	if len(v.Key) == 0 && (v.Read == "table" || v.Read == "detail") {
		bad("key", "is missing: say which fields the publisher tells its statements apart by")
	}
}

// states are the record types that a view states.
func states(v evidence.View) []string {
	if v.Split == nil {
		return []string{v.Record}
	}
	var types []string
	for _, t := range append(slices.Collect(maps.Values(v.Split.Records)), v.Record) {
		if t != "-" && t != "" {
			types = append(types, t)
		}
	}
	return types
}

func checkType(v evidence.View, name string, bad func(string, string, ...any)) {
	typ, ok := evidence.TypeOf(name)
	if !ok {
		bad("record", "the vocabulary has no record type %q", name)
		return
	}
	for i, l := range v.Fields {
		checkLabel(typ, i, l, bad)
	}
	for _, field := range v.Key {
		if field != "party" && !known(typ, field) {
			bad("key", "%s has no field %q", typ.Name, field)
		}
	}
	for field := range v.Set {
		if !known(typ, field) {
			bad("set", "%s has no field %q", typ.Name, field)
		}
	}
}

func checkLabel(typ evidence.RecordType, i int, l evidence.Label, bad func(string, string, ...any)) {
	key := fmt.Sprintf("fields.%d", i)
	switch {
	case l.Label == "":
		bad(key, "a field without label")
	case (l.Field == "") == (l.Ignore == ""):
		bad(key, "label %q: want either field or ignore with a reason", l.Label)
	case l.Field != "" && !known(typ, l.Field):
		bad(key, "label %q: %s has no field %q", l.Label, typ.Name, l.Field)
	case !slices.Contains([]string{"", "元", "万元", "亿元"}, l.Unit):
		bad(key, "label %q: unit %q: want 元, 万元 or 亿元", l.Label, l.Unit)
	}
}

func known(typ evidence.RecordType, field string) bool {
	switch field {
	case "party.name", "party.identifier", "party.kind", "other.name", "other.identifier":
		return true
	}
	_, ok := typ.Field(field)
	return ok
}

func (s *Set) checkCampaign(f File, c evidence.Campaign) error {
	var problems []error
	bad := func(key, format string, args ...any) { problems = append(problems, problem(f, key, format, args...)) }
	if c.ID == "" {
		bad("campaign", "is missing")
	}
	if len(c.Sources) == 0 {
		bad("sources", "are missing: a campaign names at least one")
	}
	for i, name := range c.Sources {
		if _, ok := s.Sources[name]; !ok {
			bad(fmt.Sprintf("sources.%d", i), "no source %q is declared", name)
		}
	}
	s.checkCohort(c, bad)
	for _, fault := range timetable.Check(c) {
		bad(fault.Key, "%v", fault.Err)
	}
	return errors.Join(problems...)
}

// checkCohort refuses a campaign that chooses pages of sources which say
// nothing of how often a page may be asked for.
func (s *Set) checkCohort(c evidence.Campaign, bad func(key, format string, args ...any)) {
	switch {
	case c.Cohort == nil || c.Cohort.Pages == 0:
		return
	case c.Cohort.Pages < 0:
		bad("cohort.pages", "%d: want how many pages a run asks for again", c.Cohort.Pages)
	case len(c.Cohort.URLs) > 0 || len(c.Cohort.Entities) > 0 || c.Cohort.Query != nil:
		bad("cohort.pages", "stands beside urls, entities or query: make a campaign of its own of them")
	}
	for i, name := range c.Sources {
		if src, ok := s.Sources[name]; ok && (src.Revisit == nil || src.Revisit.Most <= 0) {
			bad(fmt.Sprintf("sources.%d", i), "source %q does not declare revisit.most, how long one of its pages may wait at most", name)
		}
	}
}
