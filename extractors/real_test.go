package extractors_test

import (
	"encoding/csv"
	"fmt"
	"html"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/encoding/simplifiedchinese"

	"probity/extractors"
	"probity/pipeline/evidence"
)

// realList is a public list of companies, read where it lies beside the project.
const realList = "../../shared/real/dishonest_ecommerce_companies.csv"

const realSource = `
source: dishonest-ecommerce
views:
  - name: html
    match: \.html
    read: table
    rows: table.list
    key: [party]
    fields: &fields
      - {label: 企业名称, field: party.name, need: true}
      - {label: 工商注册号, field: party.identifier}
      - {label: 组织机构代码, field: party.identifier}
      - {label: 统一信用代码, field: party.identifier}
    split: &split
      label: 失信领域
      separator: 、
      records: {失信被执行人名单: dishonest_debtor, 工商吊销企业名单: revocation_listing}
    next: [{select: a.next, view: html}]
  - {name: csv, match: \.csv$, read: table, key: [party], fields: *fields, split: *split}
  - {name: xlsx, match: \.xlsx$, read: table, key: [party], fields: *fields, split: *split}
`

func TestARealListReadsTheSameInEveryForm(t *testing.T) {
	data, err := os.ReadFile(realList)
	if err != nil {
		t.Skip("not here: ../shared/real is not beside the project:", err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	statements, companies := 0, map[string]bool{}
	for _, row := range rows[1:] {
		statements += len(strings.Split(row[4], "、"))
		companies[row[0]] = true
	}
	if len(companies) != 237 {
		t.Errorf("%d companies, want 237", len(companies))
	}
	settings := extractors.Settings{PersonKey: []byte("k")}
	if err := yaml.Unmarshal([]byte(realSource), &settings.Source); err != nil {
		t.Fatal(err)
	}
	var first []evidence.Record
	for _, form := range realForms(t, data, rows) {
		t.Run(form.name, func(t *testing.T) {
			records := readForm(t, settings, form, statements)
			if first == nil {
				first = records
				checkReal(t, records, rows)
			}
			if diff := cmp.Diff(first, records); diff != "" {
				t.Errorf("the forms differ:\n%s", diff)
			}
		})
	}
}

// readForm reads all pages of a form and returns what they state, in order and
// without view and places.
func readForm(t *testing.T, settings extractors.Settings, form realForm, statements int) []evidence.Record {
	t.Helper()
	var records []evidence.Record
	total := 0
	for _, x := range form.pages {
		r, err := extractors.Read(settings, "", x)
		if err != nil {
			t.Fatal(err)
		}
		checkReading(t, r)
		if len(r.Quarantined)+len(r.Skipped)+len(r.Unread) > 0 {
			t.Errorf("quarantined %v, skipped %v, unread %v", r.Quarantined, r.Skipped, r.Unread)
		}
		total += r.Rows
		records = append(records, r.Records...)
	}
	if total != statements {
		t.Errorf("%d statements, want %d", total, statements)
	}
	for i := range records {
		records[i].View, records[i].Citations = "", nil
	}
	slices.SortFunc(records, func(a, b evidence.Record) int { return strings.Compare(a.Type+a.Key, b.Type+b.Key) })
	return records
}

// checkReal: every company has the identifiers of its row, whichever column
// they stand in, and nothing that fails its check passes for one.
func checkReal(t *testing.T, records []evidence.Record, rows [][]string) {
	t.Helper()
	byName := map[string]evidence.Party{}
	for _, r := range records {
		byName[r.Parties[0].Name] = r.Parties[0]
	}
	misplaced := 0
	for _, row := range rows[1:] {
		p, ok := byName[row[0]]
		if !ok {
			t.Errorf("%s is missing", row[0])
		}
		for i, v := range row[1:4] {
			id, valid := evidence.Recognise(v)
			if valid && !slices.Contains(p.Identifiers, id) || !valid && v != "" && !slices.Contains(p.Unchecked, v) {
				t.Errorf("%s: %q is lost: %v %v", row[0], v, p.Identifiers, p.Unchecked)
			}
			if valid && id.Scheme != []evidence.Scheme{evidence.RegNo, evidence.OrgCode, evidence.USCC}[i] {
				misplaced++
			}
		}
	}
	if misplaced == 0 {
		t.Error("the list has identifiers in wrong columns, and none was found")
	}
}

type realForm struct {
	name  string
	pages []evidence.Exchange
}

func realForms(t *testing.T, data []byte, rows [][]string) []realForm {
	t.Helper()
	exchange := func(path, media, charset string, body []byte) evidence.Exchange {
		return evidence.Exchange{Body: body, Capture: evidence.Capture{
			Status: 200, Type: media, Content: path, Charset: evidence.Charset{Name: charset}, Lead: evidence.Lead{Method: "GET", URL: "http://list.example/" + path},
		}}
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(strings.TrimPrefix(string(data), "\ufeff")))
	if err != nil {
		t.Fatal(err)
	}
	var sheet strings.Builder
	sheet.WriteString("## 名单\n")
	for _, row := range rows {
		sheet.WriteString(strings.Join(row, "\t") + "\n")
	}
	var pages []evidence.Exchange
	for from := 1; from < len(rows); from += 50 {
		var b strings.Builder
		b.WriteString("<html><body><table class=\"list\"><tr>")
		for _, h := range []int{4, 0, 3, 1, 2} { // in another order
			fmt.Fprintf(&b, "<th>%s</th>", html.EscapeString(rows[0][h]))
		}
		for _, row := range rows[from:min(from+50, len(rows))] {
			b.WriteString("</tr>\n<tr>")
			for _, h := range []int{4, 0, 3, 1, 2} {
				fmt.Fprintf(&b, "<td> %s </td>", html.EscapeString(row[h]))
			}
		}
		fmt.Fprintf(&b, "</tr></table><a class=\"next\" href=\"?page=%d\">下一页</a></body></html>", from/50+2)
		pages = append(pages, exchange(fmt.Sprintf("list.html?page=%d", from/50+1), "text/html", "utf-8", []byte(b.String())))
	}
	return []realForm{
		{"CSV as GB18030", []evidence.Exchange{exchange("list.csv", "application/octet-stream", "gb18030", gb)}},
		{"XLSX", []evidence.Exchange{exchange("list.xlsx", "application/octet-stream", "", workbook(t, sheet.String()))}},
		{"paged HTML", pages},
	}
}
