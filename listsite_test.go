package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// listSite serves a list as paged tables, with its columns in another order,
// as CSV in GB18030 and as a workbook.
func listSite(t *testing.T, rows [][]string) http.Handler {
	t.Helper()
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes(asCSV(t, rows))
	if err != nil {
		t.Fatal(err)
	}
	book := excelize.NewFile()
	for i, row := range rows {
		cells := make([]any, len(row))
		for j, c := range row {
			cells[j] = c
		}
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	var xlsx bytes.Buffer
	if err := book.Write(&xlsx); err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/list.csv":
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write(gb)
		case "/list.xlsx":
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write(xlsx.Bytes())
		case "/list.html":
			page, _ := strconv.Atoi(r.URL.Query().Get("page"))
			_, _ = io.WriteString(w, listPage(rows, max(1, page)))
		default:
			http.NotFound(w, r)
		}
	})
}

func listPage(rows [][]string, page int) string {
	const size = 60
	from := 1 + (page-1)*size
	var b strings.Builder
	b.WriteString("<!doctype html><meta charset=utf-8><title>名单</title><table><tr>")
	for _, h := range []int{4, 0, 3, 1, 2} {
		fmt.Fprintf(&b, "<th>%s</th>", rows[0][h])
	}
	for _, row := range rows[from:min(from+size, len(rows))] {
		b.WriteString("</tr>\n<tr>")
		for _, h := range []int{4, 0, 3, 1, 2} {
			fmt.Fprintf(&b, "<td> %s </td>", html.EscapeString(row[h]))
		}
	}
	b.WriteString("</tr></table>")
	if from+size < len(rows) {
		fmt.Fprintf(&b, `<a class="next" href="/list.html?page=%d">下一页</a>`, page+1)
	}
	return b.String()
}

func asCSV(t *testing.T, rows [][]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
