package storefront_test

import (
	"strings"
	"testing"

	"probity/extractors/page"
	"probity/extractors/storefront"
	"probity/pipeline/evidence"
)

func html(t *testing.T, body string) *page.Page {
	t.Helper()
	p, err := page.HTML([]byte("<html><body>"+body+"</body></html>"), evidence.Charset{Name: "utf-8"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLicenceDisplay(t *testing.T) {
	const code = "9144030071526726XG"
	for _, c := range []struct{ name, body, want string }{
		{"name, code and address are all", "<p>企业名称：甲公司 统一社会信用代码：" + code + " 住所：深圳市</p>", "full"},
		{"in a list of labels too", "<dl><dt>名称</dt><dd>甲公司</dd><dt>统一社会信用代码：</dt><dd>" + code + "</dd><dt>经营场所</dt><dd>深圳市</dd></dl>", "full"},
		{"a code of fifteen digits is one", "<p>企业名称：甲公司 注册号：120224000057628 地址：深圳市</p>", "full"},
		{"without the address it is part", "<p>企业名称：甲公司 统一社会信用代码：" + code + "</p>", "partial"},
		{"the name alone is part", "<p>营业执照 企业名称：甲公司</p>", "partial"},
		{"the name after 版权所有 is none", "<p>版权所有 © 深圳市甲有限公司</p>", "none"},
		{"an empty page shows none", "<p>欢迎</p>", "none"},
		{"a link to the licence is all", `<a href="/licence.jpg">营业执照</a>`, "full"},
		{"a link that leads nowhere is none", `<a href="#">营业执照</a>`, "none"},
		{"an image named after it behind a link is all", `<a href="http://gsxt.example/x"><img alt="营业执照" src="i.png"></a>`, "full"},
		{"the mark of 众信网 is all", `<a href="http://szcert.ebs.org.cn/0A1B2C3D-1B2C-4D3E-8F90-0123456789AB"><img src="x.png"></a>`, "full"},
		{"its certificate too", `<a href="https://cert.ebs.org.cn/0a1b2c3d-1b2c-4d3e-8f90-0123456789ab.html">众信</a>`, "full"},
		{"who need not register says so", "<p>本店依法无需办理市场主体登记</p>", "exempt_declared"},
	} {
		if got := storefront.ReadLicence(html(t, c.body), nil, nil); got.Display != c.want {
			t.Errorf("%s: got %s, %+v", c.name, got.Display, got)
		}
	}
}

func TestLicenceValues(t *testing.T) {
	p := html(t, `<div id="platform">统一社会信用代码：914403001922038216</div><p>营业执照　企业名称：甲（深圳）有限公司　统一社会信用代码：９１４４０３００７１５２６７２６ＸＧ　住所：深圳市 南山区1号　经营范围：食品</p>`)
	l := storefront.ReadLicence(p, nil, p.Doc.Find("#platform"))
	for _, c := range []struct {
		got  storefront.Shown
		want string
	}{{l.Name, "甲（深圳）有限公司"}, {l.Code, "9144030071526726XG"}, {l.Address, "深圳市 南山区1号"}} {
		if c.got.Value != c.want {
			t.Errorf("got %q, want %q", c.got.Value, c.want)
		}
	}
	if got := p.Slice(l.Address.Start, l.Address.End); got != "深圳市 南山区1号" {
		t.Errorf("the place holds %q", got)
	}
}

func TestAbsoluteTerms(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"each term counts once", "国家级品质，国家级享受，顶级做工", "国家级 顶级"},
		{"the longer term is the one", "全网最低价", "最低价"},
		{"an order is no claim", "第一步下单，第一时间发货，第一章", ""},
		{"a limit is no claim", "最大限度降低，最低消费，建议最佳浏览分辨率，最优化", ""},
		{"an authority's title is no claim", "国家级高新技术企业", ""},
		{"what is merely latest is no claim", "最近更新，最新动态，最后，最终解释", ""},
		{"a name is no claim", "深圳第一百货有限公司", ""},
	} {
		var got []string
		p := html(t, "<p>"+c.body+"</p>")
		for _, s := range storefront.AbsoluteTerms(p, nil, storefront.Terms(), "深圳第一百货有限公司") {
			got = append(got, s.Value)
			if at := p.Slice(s.Start, s.End); at != s.Value {
				t.Errorf("%s: %q stands where %q should", c.name, at, s.Value)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %v, want %s", c.name, got, c.want)
		}
	}
}

func TestPolicies(t *testing.T) {
	for body, want := range map[string]bool{
		"支持7天无理由退货": true, "<a href='/r'>退换货规则</a>": true, "本店不支持七天无理由退货": false, "售后问题请联系客服": false,
	} {
		if _, got := storefront.ReturnPolicy(html(t, body)); got != want {
			t.Errorf("return policy of %q: %v", body, got)
		}
	}
	for body, want := range map[string]bool{"<a href='/p'>隐私政策</a>": true, "个人信息保护政策": true, "隐私部位": false} {
		if _, got := storefront.PrivacyPolicy(html(t, body)); got != want {
			t.Errorf("privacy policy of %q: %v", body, got)
		}
	}
}

func TestLatest(t *testing.T) {
	p := html(t, `<p>成立日期：2026-11-01</p><li>上新日期：<b>2026-10-01</b></li><li>上架时间 2026年10月9日</li><li>发布日期：2026/9/30</li><i class="d">2026-08-01</i>`)
	if g := storefront.LatestGoods(p, ""); g.Value != "2026-10-09" {
		t.Errorf("goods: %+v", g)
	}
	if c := storefront.LatestContent(p, ""); c.Value != "2026-09-30" {
		t.Errorf("content: %+v", c)
	}
	if c := storefront.LatestContent(p, ".d"); c.Value != "2026-08-01" {
		t.Errorf("content of a selector: %+v", c)
	}
}
