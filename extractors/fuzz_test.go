package extractors_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"unicode/utf8"

	"probity/extractors"
	"probity/pipeline/evidence"
)

// FuzzTable reads any bytes as a list: it ends, refuses with ErrInvalid or
// accounts for every row, and every place it gives lies in the text.
func FuzzTable(f *testing.F) {
	rows := randomRows(rand.New(rand.NewPCG(1, 1)), 4)
	t := &testing.T{}
	for _, name := range []string{"CSV", "HTML", "JSON", "XLSX"} {
		x := forms(t, rows)[name]
		f.Add(x.Body, x.Capture.Type, x.Capture.Charset.Name)
	}
	f.Add([]byte("<table><tr><td rowspan=0 colspan=9>文号<td><table><tr><td>当事人"), "text/html", "utf-8")
	f.Add([]byte("文号;当事人;代码;法定代表人;违法事实;日期;机关;证件号码\n\"\"\"\";\"x\n"), "text/csv", "utf-8")
	table := penalties()
	open := penalties()
	open.Fields = slices.Clone(open.Fields)
	for i := range open.Fields {
		open.Fields[i].Optional, open.Fields[i].Need = true, false
	}
	open.Skip = nil
	f.Fuzz(func(t *testing.T, body []byte, media, charset string) {
		for _, v := range []evidence.View{table, open} {
			r, err := extractors.Read(settings(v), "", exchange("http://a.example/list", media, charset, body))
			if err != nil {
				if !errors.Is(err, evidence.ErrInvalid) {
					t.Fatal(err)
				}
				continue
			}
			if !utf8.ValidString(r.Text) {
				t.Fatalf("text is no UTF-8: %q", r.Text)
			}
			checkReading(t, r)
		}
	})
}

// FuzzDetail does the same for label/value pages and links.
func FuzzDetail(f *testing.F) {
	f.Add([]byte("<dl><dt>文号：<dd>x<dt>当事人<dd>甲公司</dl><p>日期：2018-01-01 机关：局</p><form method=post><input name=a value=b>"), "utf-8")
	f.Add([]byte("<table><tr><th>文号<td>x<th>当事人<td>y<tr><td>日期<td>z</table><a href='?page=2'>下</a>"), "gb18030")
	detail := penalties()
	detail.Read, detail.Skip = "detail", nil
	detail.Next = []evidence.Follow{{Select: "a, form, button, input", About: true}}
	for i := range detail.Fields {
		detail.Fields[i].Need = false
	}
	f.Fuzz(func(t *testing.T, body []byte, charset string) {
		r, err := extractors.Read(settings(detail), "", exchange("http://a.example/list", "text/html", charset, body))
		if err != nil {
			if !errors.Is(err, evidence.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		checkReading(t, r)
		for _, l := range r.Leads {
			if l.Host() == "" {
				t.Fatalf("lead without host: %+v", l)
			}
		}
	})
}
