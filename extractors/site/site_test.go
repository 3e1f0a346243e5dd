package site_test

import (
	"errors"
	"testing"

	"probity/extractors/exampletest"
	"probity/extractors/site"
	"probity/pipeline/evidence"
)

func TestExamples(t *testing.T) { exampletest.Run(t, site.Read) }

// An error answer says nothing of a site unless the view declares that it does.
func TestErrorAnswers(t *testing.T) {
	for _, c := range []struct {
		name, options string
		status        int
		want          string // available, or ! for refused
	}{
		{"an error answer is refused", "", 500, "!"},
		{"a missing page is refused", "", 404, "!"},
		{"a declared error answer is a statement", "{unavailable: state}", 503, "false"},
		{"a declared missing page is a statement", "{unavailable: state}", 404, "false"},
		{"that the crawler is not wanted is no statement of the site's state", "{unavailable: state}", 403, "!"},
		{"that it came too often is none either", "{unavailable: state}", 429, "!"},
		{"a page is available", "{unavailable: state}", 200, "true"},
	} {
		view := "{name: home, read: site, record: site_probe}"
		if c.options != "" {
			view = "{name: home, read: site, record: site_probe, options: " + c.options + "}"
		}
		in, err := exampletest.Input(view, "http://a.example/", "<p>欢迎光临</p>")
		if err != nil {
			t.Fatal(err)
		}
		in.Capture.Status = c.status
		d, err := site.Read(in)
		switch {
		case c.want == "!" && !errors.Is(err, evidence.ErrInvalid):
			t.Errorf("%s: got %v, %v", c.name, d.Records, err)
		case c.want != "!" && (err != nil || d.Records[0].Fields["available"] != c.want):
			t.Errorf("%s: got %v, %v", c.name, d.Records, err)
		}
	}
}

// The certificate is spoken of only where there was one to see.
func TestCertificate(t *testing.T) {
	for _, c := range []struct{ url, fault, want string }{
		{"http://a.example/", "", ""},
		{"https://a.example/", "", "true"},
		{"https://a.example/", "certificate has expired", "false"},
	} {
		in, err := exampletest.Input("{name: home, read: site, record: site_probe}", c.url, "<p>欢迎光临</p>")
		if err != nil {
			t.Fatal(err)
		}
		in.Capture.TLSFault = c.fault
		d, err := site.Read(in)
		if err != nil || d.Records[0].Fields["https_valid"] != c.want {
			t.Errorf("%s %q: got %v, %v", c.url, c.fault, d.Records, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`<footer><p class="licence">营业执照　企业名称：甲公司　统一社会信用代码：9144030071526726XG</p><a href="http://szcert.ebs.org.cn/0a1b2c3d-1b2c-4d3e-8f90-0123456789ab">x</a></footer>`)
	f.Add(`<li>上新日期：2026-10-28 第一 顶级</li><p>© 2018-2026 深圳市甲有限公司 粤ICP备2019123456号-1</p>`)
	f.Fuzz(func(t *testing.T, html string) {
		in, err := exampletest.Input("{name: home, read: site, record: site_probe}", "http://a.example/", html)
		if err != nil {
			return
		}
		d, err := site.Read(in)
		if err != nil {
			return
		}
		for _, c := range d.Records[0].Citations {
			if got := in.Page.Slice(c.Place.Start, c.Place.End); got != c.Original && c.Place.Start < c.Place.End {
				t.Errorf("%s: %q does not stand at its place, %q does", c.Field, c.Original, got)
			}
		}
	})
}
