// Package exampletest runs txtar examples of readers: the page above, what it
// says below. A file testdata/NAME.txtar has the sections
//
//	view.yaml   the view, as a source declares it
//	about       identifiers (scheme:value) or a name of whom the page is about, optional
//	url         of the page, optional
//	page.html   the page
//	want        what the reader makes of it, in lines that a person can read
//
// go test -update writes the last one.
package exampletest

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"probity/extractors/draft"
	"probity/extractors/page"
	"probity/pipeline/evidence"
)

var update = flag.Bool("update", false, "write what the examples say now")

// Run runs every example in testdata.
func Run(t *testing.T, read func(draft.Input) (draft.Draft, error)) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples in testdata: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			archive := txtar.Parse(b)
			in, err := input(archive)
			if err != nil {
				t.Fatal(err)
			}
			out, err := read(in)
			got := Print(in, out, err)
			want := section(archive, "want")
			if *update {
				set(archive, "want", got)
				if err := os.WriteFile(filepath.Clean(file), txtar.Format(archive), 0o600); err != nil { //nolint:gosec // a file of our own testdata
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the page says something else (-want +got):\n%s", diff)
			}
		})
	}
}

// Input makes a capture of a page, read by a view written in YAML.
func Input(view, url, html string) (draft.Input, error) {
	return input(&txtar.Archive{Files: []txtar.File{{Name: "view.yaml", Data: []byte(view)}, {Name: "url", Data: []byte(url)}, {Name: "page.html", Data: []byte(html)}}})
}

func input(a *txtar.Archive) (draft.Input, error) {
	in := draft.Input{Source: evidence.Source{ID: "example", Kind: "example"}}
	dec := yaml.NewDecoder(strings.NewReader(section(a, "view.yaml")))
	dec.KnownFields(true)
	if err := dec.Decode(&in.View); err != nil {
		return in, fmt.Errorf("view.yaml: %w", err)
	}
	url := strings.TrimSpace(section(a, "url"))
	if url == "" {
		url = "http://pages.example/doc/1.html"
	}
	in.Capture = evidence.Capture{Status: 200, Type: "text/html; charset=utf-8", Lead: evidence.Lead{Method: "GET", URL: url, Source: "example", View: in.View.Name}}
	if about := strings.Fields(section(a, "about")); len(about) > 0 {
		p := &evidence.Party{Role: evidence.RoleSubject}
		for _, word := range about {
			if id, ok := evidence.ParseIdentifier(word); ok {
				p.Identifiers = append(p.Identifiers, id)
			} else {
				p.Name = word
			}
		}
		in.Capture.Lead.About = p
	}
	var err error
	in.Page, err = page.HTML([]byte(section(a, "page.html")), evidence.Charset{Name: "utf-8"})
	return in, err
}

// Print writes a draft in lines.
func Print(in draft.Input, d draft.Draft, err error) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if err != nil {
		line("error %v", err)
		return b.String()
	}
	line("rows %d", d.Rows)
	for _, r := range d.Records {
		printRecord(&b, in, r)
	}
	for _, l := range d.Leads {
		line("lead %s %s %s", l.Method, l.URL, l.View)
	}
	for _, q := range d.Quarantined {
		line("quarantined %s %v", q.Reason, q.Names)
	}
	for _, why := range slices.Sorted(maps.Keys(d.Skipped)) {
		line("skipped %d: %s", d.Skipped[why], why)
	}
	for _, label := range slices.Sorted(maps.Keys(d.Unread)) {
		line("unread %d: %s", d.Unread[label], label)
	}
	for _, h := range d.Hidden {
		line("hidden %q", short(in.Page.Slice(h.Start, h.End)))
	}
	if len(d.Persons) > 0 {
		line("persons %s", strings.Join(d.Persons, " "))
	}
	return b.String()
}

func printRecord(b *strings.Builder, in draft.Input, r evidence.Record) {
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	line("\n%s %s", r.Type, r.Key)
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
		line("  %s = %s", name, r.Fields[name])
		for _, c := range r.Citations {
			if c.Field == name {
				line("      %q", short(c.Original))
				check(b, in, c)
			}
		}
	}
	for _, p := range r.Parties {
		line("  %s %s %s %v %v", p.Role, p.Kind, p.Name, p.Identifiers, p.Unchecked)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Marks)) {
		line("  mark %s: %s", name, r.Marks[name])
	}
}

// check holds a citation to its place: the original is what stands there,
// save where nothing visible does.
func check(b *strings.Builder, in draft.Input, c evidence.Citation) {
	if c.Place.Start < c.Place.End && in.Page.Slice(c.Place.Start, c.Place.End) != c.Original {
		fmt.Fprintf(b, "      NOT what stands at [%d,%d)\n", c.Place.Start, c.Place.End)
	}
}

func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func set(a *txtar.Archive, name, text string) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = []byte(text)
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
}
