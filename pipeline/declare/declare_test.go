package declare

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"probity/pipeline/evidence"
)

const good = `source: amr
title: 行政处罚公示
publisher: 市场监督管理局
class: 2
legal_basis: 行政处罚法第四十八条
purpose: 信用评价
impact: 每日一次，每秒不超过一页
kind: cf_penalty
start: [{url: "http://amr.example/list"}]
list: events
missing: unpublished
retention_months: 24
views:
  - name: list
    match: ^/list
    read: table
    record: penalty
    key: [authority, number, party]
    fields:
      - {label: 决定书文号, field: number}
      - {label: 身份证号, ignore: 个人信息}
`

func load(t *testing.T, files map[string]string) (*Set, error) {
	t.Helper()
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Load(tree)
}

func TestADeclarationIsReadStrictly(t *testing.T) {
	for sentence, test := range map[string]struct{ old, new, want string }{
		"an unknown key is named with file and line":           {"class: 2", "klass: 2", `sources/amr.yaml:4: invalid: unknown key "klass"`},
		"a legal basis is required":                            {"legal_basis: 行政处罚法第四十八条\n", "", "legal_basis: is missing"},
		"an impact note is required":                           {"impact: 每日一次，每秒不超过一页\n", "", "impact: is missing"},
		"a field the vocabulary lacks is refused at its line":  {"field: number", "field: numbr", `sources/amr.yaml:20: invalid: views.0.fields.0: label "决定书文号": penalty has no field "numbr"`},
		"a pattern that does not compile is refused":           {"match: ^/list", "match: ^/(list", "views.0.match"},
		"a missing row of an event list cannot end a standing": {"missing: unpublished", "missing: ends", "missing: \"ends\" cannot be said"},
		"an unknown reader is refused with the known ones":     {"read: table", "read: tabel", "want one of table, detail"},
		"broken YAML names the line":                           {"class: 2", "class: [2", "sources/amr.yaml:"},
		"a class outside Article 10 is refused":                {"class: 2", "class: 6", "want 1 to 5"},
		"a start page that is no web address is refused":       {"http://amr.example/list", "ftp://amr.example/list", "want an http or https URL"},
		"a retention is required":                              {"retention_months: 24\n", "", "retention_months: is missing"},
		"a unit that is none of money is refused":              {"{label: 决定书文号, field: number}", "{label: 罚款金额, field: amount, unit: 角}", `unit "角": want 元, 万元 or 亿元`},
		"a key of a field the vocabulary lacks is refused":     {"key: [authority, ", "key: [authorty, ", `key: penalty has no field "authorty"`},
		"a share of a field nobody states is refused":          {"class: 2", "class: 2\nexpect: {filled: {numbr: 1}}", `no view states a field "numbr"`},
		"a word that nobody is led by is refused":              {"class: 2", "class: 2\ndiscover: [links, sitemaps]", `discover.1: "sitemaps": want links, next, variants, sitemap, feed`},
		"a view that only leads needs something to be led by":  {"read: table", "read: discover", "needs discover"},
		"the view of sitemaps is not declared":                 {"- name: list", "- name: sitemap.xml", "is the name of a view that discover or traps gives"},
		"bounds of revisits stand in order":                    {"class: 2", "class: 2\nrevisit: {least: 48h, most: 24h}", "no least beyond most"},
		"a budget is no debt":                                  {"class: 2", "class: 2\ntraps: {host_budget: {requests: -1}}", "want 0 (no limit) or more"},
		"a second document is refused":                         {"class: 2", "class: 2\n---\nclass: 3", "invalid"},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := load(t, map[string]string{"sources/amr.yaml": strings.Replace(good, test.old, test.new, 1)})
			if !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want invalid with %q", err, test.want)
			}
		})
	}
}

func TestASourceLiesOverTheProfileItExtends(t *testing.T) {
	profile := "profile: true\nsource: base\nclass: 2\nretention_months: 12\n"
	own := "extends: base\n" + strings.Replace(good, "class: 2\n", "", 1)
	s, err := load(t, map[string]string{"sources/a.yaml": profile, "sources/b.yaml": own})
	if err != nil {
		t.Fatal(err)
	}
	src := s.Sources["amr"]
	if len(s.Sources) != 1 || src.Class != 2 || src.Retention != 24 || src.Profile {
		t.Errorf("sources = %+v", s.Sources)
	}
	if _, err := load(t, map[string]string{"sources/b.yaml": own}); err == nil || !strings.Contains(err.Error(), `no profile "base"`) {
		t.Errorf("a missing profile: %v", err)
	}
}

// Kubernetes keeps the files of a ConfigMap in a hidden folder beside links to them.
func TestAHiddenFolderIsNotReadTwice(t *testing.T) {
	set, err := load(t, map[string]string{"sources/amr.yaml": good, "sources/..2026_03_01/amr.yaml": good})
	if err != nil || len(set.Sources) != 1 {
		t.Errorf("%d sources, %v", len(set.Sources), err)
	}
}

func TestACampaignNamesDeclaredSources(t *testing.T) {
	files := map[string]string{"sources/amr.yaml": good, "campaigns/all.yaml": "campaign: all\ntitle: 全部\nsources: [amr]\nschedule: 0 3 * * *\nwindow: {from: \"20:00\", to: \"06:00\"}\n"}
	s, err := load(t, files)
	if err != nil || len(s.Campaigns) != 1 {
		t.Fatalf("%v %v", s, err)
	}
	files["campaigns/all.yaml"] = strings.Replace(files["campaigns/all.yaml"], "[amr]", "[amr, arm]", 1)
	if _, err := load(t, files); err == nil || !strings.Contains(err.Error(), `campaigns/all.yaml:3: invalid: sources.1: no source "arm"`) {
		t.Errorf("error = %v", err)
	}
}

func TestASourceWantsKindsOfFilesThatThereAre(t *testing.T) {
	if _, err := load(t, map[string]string{"sources/amr.yaml": good + "types: [page, pdf, scroll]\n"}); err == nil || !strings.Contains(err.Error(), `types.2: no kind of file "scroll": there are page,`) {
		t.Errorf("error = %v", err)
	}
	if s, err := load(t, map[string]string{"sources/amr.yaml": good + "types: [page, pdf]\n"}); err != nil || len(s.Sources["amr"].Types) != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestACampaignChoosesPagesOnlyOfSourcesThatSayHowLongAPageMayWait(t *testing.T) {
	files := map[string]string{"sources/amr.yaml": good, "campaigns/daily.yaml": "campaign: daily\ntitle: 每日\nsources: [amr]\ncohort: {pages: 50}\n"}
	if _, err := load(t, files); err == nil || !strings.Contains(err.Error(), `campaigns/daily.yaml:3: invalid: sources.0: source "amr" does not declare revisit.most`) {
		t.Errorf("error = %v", err)
	}
	files["sources/amr.yaml"] += "revisit: {least: 1h, most: 720h}\n"
	if s, err := load(t, files); err != nil || s.Campaigns["daily"].Cohort.Pages != 50 {
		t.Errorf("%+v, %v", s, err)
	}
	files["campaigns/daily.yaml"] = strings.Replace(files["campaigns/daily.yaml"], "pages: 50", "pages: 50, urls: [\"http://a.example/\"]", 1)
	if _, err := load(t, files); err == nil || !strings.Contains(err.Error(), "cohort.pages: stands beside urls") {
		t.Errorf("error = %v", err)
	}
}

func FuzzSource(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &Set{profiles: map[string][]byte{}}
		if src, err := s.Source(File{"fuzz.yaml", data}); err == nil && !src.Profile && src.LegalBasis == "" {
			t.Error("accepted without a legal basis")
		}
	})
}

func FuzzCampaign(f *testing.F) {
	f.Add([]byte("campaign: all\ntitle: x\nsources: [amr]\nschedule: \"0 22 * * 1\"\nbudget: {requests: 200}\n"))
	f.Add([]byte("campaign: all\nsources: [amr]\nzone: Asia/Shanghai\nclosed: [{from: 08:00, to: 18:00}]\n"))
	f.Add([]byte("&a [*a, *a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &Set{Sources: map[string]evidence.Source{"amr": {ID: "amr"}}, Campaigns: map[string]evidence.Campaign{}}
		if err := s.addCampaign(File{"fuzz.yaml", data}); err == nil && len(s.Campaigns) != 1 {
			t.Error("accepted and not there")
		}
	})
}

func TestAKeyIsPlacedInTheFileThatSpeaksForIt(t *testing.T) {
	t.Parallel()
	set, err := load(t, map[string]string{
		"sources/base.yaml": strings.Replace(good, "source: amr\n", "source: base\nprofile: true\nexclude: [print, share]\n", 1),
		"sources/mine.yaml": "source: mine\nextends: base\ndepth: 3\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"depth": "sources/mine.yaml:3", "exclude.1": "profile base:3", "views.0": "profile base:16", "include": "", "exclude.7": ""} {
		if got := set.Place("mine", key); got != want {
			t.Errorf("%s stands at %q, want %q", key, got, want)
		}
	}
	if got := set.Place("nobody", "depth"); got != "" {
		t.Errorf("of a source that is not declared: %q", got)
	}
}
