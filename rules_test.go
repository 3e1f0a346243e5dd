package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"probity/crawler"
	"probity/crawler/scope"
	"probity/deploy/profiles"
	"probity/deploy/world"
	"probity/extractors"
	"probity/pipeline/archive"
	"probity/pipeline/canon"
	"probity/pipeline/datadir"
	"probity/pipeline/declare"
	"probity/pipeline/evidence"
)

// An edit changes one word of one source declaration of the world.
type edit struct {
	file, what, word string
	data             []byte
}

// edited are the parts of a declaration that say how pages are read: labels,
// fields, whether they are needed, units, values, rows, keys, options, record
// types, readers, links, coverage. The pattern of a view is not: whoever leads
// to a page of the world names its view. What it says of law, purpose and manners changes no
// record.
var edited = regexp.MustCompile(`(?:label|field|unit|rows|record|read|list|select|kind|missing): ("[^"]+"|[^,{}\[\]\s]+)|(?:indicators|areas): \["?([^"\],]+)|max_age_days: (\d+)`)

// mapped are the words of a map from the page's words to ours.
var (
	mapped = regexp.MustCompile(`(?:values|options|set): \{[^{}]*\}`)
	pair   = regexp.MustCompile(`"?([^{},:" ]+)"?: ("[^"]*"|[^{}, ]+)`)
)

// edits makes every such change, one at a time.
func edits(t *testing.T, files fs.FS) (all []edit) {
	t.Helper()
	err := fs.WalkDir(files, "sources", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		for _, at := range places(data) {
			from, to := at[0], at[1]
			line := data[bytes.LastIndexByte(data[:from], '\n')+1 : from]
			if bytes.Contains(line, []byte("#")) {
				continue // prose
			}
			word := strings.Trim(string(data[from:to]), `"`)
			changed := slices.Concat(data[:from], []byte(`"改`+strings.ReplaceAll(word, `\`, `\\`)+`"`), data[to:])
			all = append(all, edit{name, fmt.Sprintf("line %d: %s", 1+bytes.Count(data[:from], []byte("\n")), word), word, changed})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// places are the ranges of bytes of the words that are edited.
func places(data []byte) (all [][2]int) {
	for _, at := range edited.FindAllSubmatchIndex(data, -1) {
		for i := 2; i < len(at); i += 2 {
			if at[i] >= 0 {
				all = append(all, [2]int{at[i], at[i+1]})
			}
		}
	}
	for _, at := range mapped.FindAllIndex(data, -1) {
		start := at[0] + bytes.IndexByte(data[at[0]:], '{')
		for _, p := range pair.FindAllSubmatchIndex(data[start:at[1]], -1) {
			all = append(all, [2]int{start + p[2], start + p[3]}, [2]int{start + p[4], start + p[5]})
		}
	}
	return all
}

// Whoever changes one label, field, unit or value of a declaration in a copy
// finds other things read from the same pages, or is refused at start. The
// long form, by PROBITY_TEST_RULES, tries every word over the whole world; the
// short one a seeded few over the small campaign.
func TestEveryLabelOfADeclarationMatters(t *testing.T) {
	t.Parallel()
	dir, long := filepath.Join(t.TempDir(), "data"), os.Getenv("PROBITY_TEST_RULES") != ""
	campaign := "small"
	if long {
		campaign = whole
	}
	watch(t, "-campaign", campaign, "-data", dir)
	c := DefaultConfig()
	c.Data = dir
	h, err := openHouse(t.Context(), quiet(io.Discard), c, datadir.Command, world.Declarations())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.close() }() // read only
	pages := pagesOf(t, h)
	want := readings(t, h, pages, h.set.Sources)
	all := slices.DeleteFunc(edits(t, world.Declarations()), func(e edit) bool { return len(pages[e.file]) == 0 && !shared(e) })
	if !long {
		rng := rand.New(rand.NewPCG(7, 7))
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:12]
	}
	for _, e := range all {
		set, err := declare.Load(profiles.FS, overlay(t, e))
		if err != nil {
			continue // refused
		}
		some := map[string][]page{e.file: pages[e.file]}
		if shared(e) {
			some = pages
		}
		same := true
		for file, got := range readings(t, h, some, set.Sources) {
			same = same && got == want[file]
		}
		if same && !slices.Contains(unseen(), e.file+" "+e.word) {
			t.Errorf("%s %s: nothing is read otherwise", e.file, e.what)
		}
	}
	t.Logf("%d words of %d files changed", len(all), len(pages))
}

// unseen are the words that no page of day 0 shows, or that say what is so
// without them.
func unseen() []string {
	return []string{
		"sources/profiles/penalties-2015.yaml 异议", "sources/profiles/penalties-2015.yaml 其他",
		"sources/profiles/penalties-2015.yaml 撤销",               // annulled on a later day
		"sources/court.yaml 民事再审", "sources/court.yaml retrial", // no case was tried again
		"sources/court.yaml text",                                      // the reader finds the text without being told
		"sources/repairs.yaml 更正原信息", "sources/repairs.yaml corrected", // on a later day
		"sources/reviews.yaml shop_id", "sources/reviews.yaml p.shop .shopid", // the lead says whose shop it is, too
	}
}

// shared reports whether an edit is of a profile, which many sources extend.
func shared(e edit) bool { return strings.HasPrefix(e.file, "sources/profiles/") }

// A page is an archived exchange and its source.
type page struct {
	source string
	x      evidence.Exchange
}

// pagesOf are the archived pages, by the file that declares their source.
func pagesOf(t *testing.T, h *house) map[string][]page {
	t.Helper()
	pages := map[string][]page{}
	err := h.archive.Scan(t.Context(), func(c evidence.Capture, _ archive.Location) error {
		file := "sources/" + c.Lead.Source + ".yaml"
		if c.Lead.View == crawler.RobotsView || !c.OK() || len(pages[file]) >= 500 {
			return nil
		}
		x, err := h.archive.Open(t.Context(), c.ID)
		pages[file] = append(pages[file], page{c.Lead.Source, x})
		return err
	})
	if err != nil || len(pages) < 5 {
		t.Fatalf("pages of %d files, %v", len(pages), err)
	}
	return pages
}

// readings is what is read from pages and what their declarations say of
// looks, by file.
func readings(t *testing.T, h *house, pages map[string][]page, sources map[string]evidence.Source) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, file := range sortedKeys(pages) {
		var all strings.Builder
		for _, p := range pages[file] {
			src := sources[p.source]
			r, err := extractors.Read(h.settings(src), "", p.x)
			b, cerr := canon.JSON(map[string]any{
				"records": r.Records, "leads": r.Leads, "unread": r.Unread, "skipped": r.Skipped, "quarantined": r.Quarantined,
				"admitted": admitted(t, src, p.x.Capture.Lead), "covers": src.Covers, "kind": src.Kind, "list": src.List, "missing": src.Missing, "starts": src.Start,
			})
			if cerr != nil {
				t.Fatal(cerr)
			}
			fmt.Fprintf(&all, "%s %v\n", b, err)
		}
		out[file] = all.String()
	}
	return out
}

// admitted is how the visitor's gate takes a lead.
func admitted(t *testing.T, src evidence.Source, l evidence.Lead) string {
	t.Helper()
	gate, err := scope.New(src)
	if err != nil {
		return err.Error()
	}
	in, err := gate.Admit(l)
	return fmt.Sprint(in.View, err)
}

// overlay is the world's declarations with one file changed.
func overlay(t *testing.T, e edit) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(world.Declarations(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "campaigns/") {
			return err
		}
		data, err := fs.ReadFile(world.Declarations(), name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files[e.file] = &fstest.MapFile{Data: e.data}
	return files
}
