package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"probity/pipeline/archive"
	"probity/pipeline/evidence"
)

// listOfPictures is a list with the pictures of its notices and what only
// passes for one.
const listOfPictures = `<!doctype html><meta charset=utf-8><title>名单</title><table><tr><th>企业名称</th><th>工商注册号</th><th>组织机构代码</th><th>统一信用代码</th><th>失信领域</th></tr>
<tr><td>深圳市甲网络有限公司</td><td></td><td></td><td>91440300192317458F</td><td>失信被执行人</td></tr></table>
<img class=notice src="/notice.png"><img class=notice src="notice.png"><img class=notice src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">
<img class=notice src="/fake.png"><img class=notice src="http://elsewhere.example/x.png"><img src="/logo.png"><a class=notice href="/scan.pdf">扫描件</a>`

// Pictures and attachments that a source declares are fetched and kept as
// captures of their own, tied to their page; what is none of them is told.
func TestDeclaredPicturesOfAPageAreKeptBesideIt(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"/list.html": listOfPictures, "/notice.png": "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "/fake.png": "<html>not found</html>", "/scan.pdf": "%PDF-1.4\n%%EOF",
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.URL.Path != "/list.html" {
			w.Header().Set("Content-Type", "application/octet-stream")
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	dir := declareList(t, [][]string{{"企业名称"}})
	file := filepath.Join(dir, "sources", "html.yaml")
	profile, err := os.ReadFile("deploy/profiles/sources/ecommerce-blacklist.yaml")
	text := strings.Replace(string(profile), "source: ecommerce-blacklist", "source: pictured", 1)
	text = strings.Replace(text, `next: [{select: "a.next, a[rel=next]", view: list}]`, `next: [{select: ".notice", view: notice}]`, 1) +
		"  - {name: notice, match: '\\.(png|pdf)$', read: keep, format: image|pdf}\n"
	err = errors.Join(err, os.WriteFile(filepath.Join(dir, "sources", "pictured.yaml"), []byte(text), 0o600))
	html, rerr := os.ReadFile(file)
	err = errors.Join(err, rerr, os.WriteFile(file, []byte(strings.Replace(string(html), "extends: ecommerce-blacklist", "extends: pictured", 1)), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	h := openList(t, dir, server.URL)
	defer func() { _ = h.close() }()
	report, err := h.run(t.Context(), evidence.Campaign{ID: "p", Sources: []string{"html"}}, "test", func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	s := report.Sources["html"]
	if s.Fetched != 3 || s.Records != 1 || s.Failed["unlike_declared"] != 1 || s.Outside != 1 || s.Result == evidence.Complete {
		t.Errorf("%+v", s)
	}
	got, page := map[string]string{}, ""
	err = h.archive.Scan(t.Context(), func(c evidence.Capture, _ archive.Location) error {
		if c.Lead.View == "list" {
			page = c.Content
		}
		if c.Lead.View == "notice" {
			got[strings.TrimPrefix(c.Lead.URL, "http://list.example/")] = c.Media.Type + " of " + c.Lead.Origin
		}
		return nil
	})
	if err != nil || len(got) != 3 || got["notice.png"] != "image/png of "+page || got["scan.pdf"] != "application/pdf of "+page || got["fake.png"] != "text/html of "+page {
		t.Errorf("kept %v of %s: %v", got, page, err)
	}
}
