package extractors_test

import (
	"archive/zip"
	"bytes"
	"flag"
	"fmt"
	"html"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/tools/txtar"

	"probity/extractors"
	"probity/pipeline/evidence"
)

var update = flag.Bool("update", false, "write what the examples say now")

// TestExamples reads every testdata/*.txtar: the declaration of a source and a
// page above, what it says below. A section charset encodes the page, a
// section url says where it was found, and a page.sheet (cells parted by tabs,
// =N for a number, @N for a date) is made a workbook.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runExample(t, file) })
	}
}

func runExample(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(b)
	settings, x := example(t, archive)
	reading, err := extractors.Read(settings, "", x)
	got := said(reading, err)
	if err == nil {
		checkReading(t, reading)
	}
	at := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	if at < 0 {
		archive.Files = append(archive.Files, txtar.File{Name: "want"})
		at = len(archive.Files) - 1
	}
	if *update {
		archive.Files[at].Data = []byte(got)
		if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(archive.Files[at].Data), got); diff != "" {
		t.Errorf("the page says something else (-want +got):\n%s", diff)
	}
}

func example(t *testing.T, a *txtar.Archive) (extractors.Settings, evidence.Exchange) {
	t.Helper()
	s := extractors.Settings{PersonKey: []byte("example")}
	x := evidence.Exchange{Capture: evidence.Capture{
		Status: 200, Content: "content", Charset: evidence.Charset{Name: "utf-8", By: "header"},
		Lead: evidence.Lead{Method: "GET", URL: "http://www.example/list"},
	}}
	for _, f := range a.Files {
		text := strings.TrimSuffix(string(f.Data), "\n")
		switch name := f.Name; {
		case name == "source.yaml":
			dec := yaml.NewDecoder(bytes.NewReader(f.Data))
			dec.KnownFields(true)
			if err := dec.Decode(&s.Source); err != nil {
				t.Fatal(err)
			}
		case name == "url":
			x.Capture.Lead.URL = text
		case name == "charset":
			x.Capture.Charset.Name = text
		case name == "about":
			id, _ := evidence.ParseIdentifier(text)
			x.Capture.Lead.About = &evidence.Party{Role: evidence.RoleSubject, Identifiers: []evidence.Identifier{id}}
		case name == "page.sheet":
			x.Body, x.Capture.Type = workbook(t, text), "application/octet-stream"
		case strings.HasPrefix(name, "page."):
			x.Body = f.Data
			x.Capture.Type = map[string]string{".html": "text/html", ".csv": "text/csv", ".json": "application/json", ".txt": "text/plain"}[path.Ext(name)]
		}
	}
	if enc, err := htmlindex.Get(x.Capture.Charset.Name); err == nil && x.Capture.Charset.Name != "utf-8" {
		if x.Body, err = enc.NewEncoder().Bytes(x.Body); err != nil {
			t.Fatal(err)
		}
	}
	return s, x
}

// workbook makes an XLSX of lines: ## NAME begins a sheet.
func workbook(t *testing.T, text string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	put := func(name, body string) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(body))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	var sheets, rels, types strings.Builder
	for i, part := range strings.Split(text, "## ")[1:] {
		name, lines, _ := strings.Cut(part, "\n")
		var b strings.Builder
		for y, line := range strings.Split(strings.TrimSuffix(lines, "\n"), "\n") {
			fmt.Fprintf(&b, `<row r="%d">`, y+1)
			for x, c := range strings.Split(line, "\t") {
				ref := fmt.Sprintf("%c%d", 'A'+x, y+1)
				switch {
				case strings.HasPrefix(c, "="):
					fmt.Fprintf(&b, `<c r="%s"><v>%s</v></c>`, ref, c[1:])
				case strings.HasPrefix(c, "@"):
					fmt.Fprintf(&b, `<c r="%s" s="1"><v>%s</v></c>`, ref, c[1:])
				case c != "":
					fmt.Fprintf(&b, `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, ref, html.EscapeString(c))
				}
			}
			b.WriteString("</row>")
		}
		put(fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1), `<worksheet `+ns+`><sheetData>`+b.String()+`</sheetData></worksheet>`)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, html.EscapeString(name), i+1, i+1)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, i+1)
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, i+1)
	}
	const pkg = `xmlns="http://schemas.openxmlformats.org/package/2006/`
	put("[Content_Types].xml", `<Types `+pkg+`content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>`+types.String()+`</Types>`)
	put("_rels/.rels", `<Relationships `+pkg+`relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`)
	put("xl/workbook.xml", `<workbook `+ns+`><sheets>`+sheets.String()+`</sheets></workbook>`)
	put("xl/_rels/workbook.xml.rels", `<Relationships `+pkg+`relationships">`+rels.String()+`<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`)
	put("xl/styles.xml", `<styleSheet `+ns+`><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/></numFmts><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// said writes a reading so that a person can check it against the page.
func said(r evidence.Reading, err error) string {
	var b strings.Builder
	if err != nil {
		return fmt.Sprintf("error: %v\n", err)
	}
	fmt.Fprintf(&b, "reader %s\ntitle %s\n%d rows: %d records, %d quarantined, %d skipped\n",
		r.Reader, r.Title, r.Rows, len(r.Records), len(r.Quarantined), total(r.Skipped))
	for _, rec := range r.Records {
		saidRecord(&b, rec)
	}
	for _, q := range r.Quarantined {
		fmt.Fprintf(&b, "\nquarantined %s: %s\n  %q\n  names %q\n", where(q.Place), q.Reason, q.Text, q.Names)
	}
	counts := func(title string, m map[string]int) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(&b, "%s %s ×%d\n", title, k, m[k])
		}
	}
	b.WriteString("\n")
	counts("skipped", r.Skipped)
	counts("unread", r.Unread)
	for _, l := range r.Leads {
		fmt.Fprintf(&b, "lead %s %s %s source %s view %s depth %d", l.Method, l.URL, l.Body, l.Source, l.View, l.Depth)
		if l.About != nil {
			fmt.Fprintf(&b, " about %s %v", l.About.Name, l.About.Identifiers)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\n%s\n", r.Text)
	return b.String()
}

func saidRecord(b *strings.Builder, rec evidence.Record) {
	fmt.Fprintf(b, "\n%s %s\n", rec.Type, rec.Key)
	for _, p := range rec.Parties {
		fmt.Fprintf(b, "  %s: %s", p.Role, strings.TrimSpace(p.Kind+" "+p.Name))
		for _, id := range p.Identifiers {
			fmt.Fprintf(b, " %s", id)
		}
		if p.PersonKey != "" {
			fmt.Fprintf(b, " key %.8s…", p.PersonKey)
		}
		if len(p.Unchecked) > 0 {
			fmt.Fprintf(b, " unchecked %q", p.Unchecked)
		}
		b.WriteString("\n")
	}
	for _, name := range slices.Sorted(maps.Keys(rec.Fields)) {
		fmt.Fprintf(b, "  %s = %s\n", name, rec.Fields[name])
	}
	for _, name := range slices.Sorted(maps.Keys(rec.Marks)) {
		fmt.Fprintf(b, "  ! %s: %s\n", name, rec.Marks[name])
	}
	for _, c := range rec.Citations {
		if c.Field != "" {
			fmt.Fprintf(b, "  @ %s %s %q\n", c.Field, where(c.Place), c.Original)
		}
	}
}

func where(p evidence.Place) string {
	if p.Cell != "" {
		return fmt.Sprintf("%s!%s %d-%d", p.Sheet, p.Cell, p.Start, p.End)
	}
	return fmt.Sprintf("%d-%d", p.Start, p.End)
}

func total(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// checkReading holds what is true of every reading: its rows add up, and what
// a citation quotes is what stands at its place.
func checkReading(t *testing.T, r evidence.Reading) {
	t.Helper()
	if r.Rows != len(r.Records)+len(r.Quarantined)+total(r.Skipped) {
		t.Errorf("%d rows, but %d records, %d quarantined, %d skipped", r.Rows, len(r.Records), len(r.Quarantined), total(r.Skipped))
	}
	text := []rune(r.Text)
	quote := func(p evidence.Place, original string) {
		if p.Start < 0 || p.End > len(text) || p.Start > p.End || string(text[p.Start:p.End]) != original && p.End > p.Start {
			t.Errorf("place %d-%d does not hold %q", p.Start, p.End, original)
		}
		if p.Decoder == "" || len(p.Text) != 64 {
			t.Errorf("place without decoder or digest: %+v", p)
		}
	}
	for _, rec := range r.Records {
		if len(rec.Citations) == 0 || rec.Key == "" || rec.Source == "" || rec.View == "" {
			t.Errorf("record without citation, key, source or view: %+v", rec)
		}
		for _, c := range rec.Citations {
			quote(c.Place, c.Original)
		}
	}
	for _, q := range r.Quarantined {
		quote(q.Place, q.Text)
	}
}
