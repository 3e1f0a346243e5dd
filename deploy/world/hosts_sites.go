package world

import (
	"fmt"
	"net/http"
	"strconv"
)

// monitorHosts are the association (its directory of operators' sites and its
// identity pages) and the monitoring centre.
func (w *World) monitorHosts() []*host {
	return []*host{w.directoryHost(), w.badgeHost(), w.monitorHost()}
}

// directoryHost lists the sites of operators with the ways to each site, its
// identity page and its pages at the monitoring centre.
func (w *World) directoryHost() *host {
	h := newHost("eca.sz.example", "深圳市电子商务协会", utf8InHeader, "会员服务", "行业自律", "网站名录")
	w.channel(h, SiteDirectory, "/sites/list.html", func(v visit) answer {
		badges, watched := map[int]Badge{}, map[int]bool{}
		for _, b := range w.Badges(v.day) {
			badges[b.Site] = b
		}
		for _, m := range w.Monitored(v.day) {
			watched[m.Site] = true
		}
		var rows [][]cell
		for i, s := range w.Sites {
			name, code := w.operatorOn(s.Op, v.day)
			row := texts(ordinal(rows), name, code, s.Host, "", "", "", "")
			row[4] = cell{html: fmt.Sprintf(`<a class="site" href="http://%s/">http://%s/</a>`, s.Host, s.Host)}
			if b, ok := badges[i]; ok {
				row[5] = cell{html: fmt.Sprintf(`<a class="badge" href="http://%s/%s">身份公示</a>`, badgeHostName, b.ID)}
			}
			if watched[i] {
				row[6] = cell{html: fmt.Sprintf(`<a class="tls" href="http://%s/tls/%s.html">证书</a>`, monitorHostName, s.Host)}
				row[7] = cell{html: fmt.Sprintf(`<a class="uptime" href="http://%s/uptime/%s.html">可用性</a>`, monitorHostName, s.Host)}
			}
			rows = append(rows, row)
		}
		return h.html("电子商务网站名录", []string{"网站名录"}, list("list", "/sites/list.html",
			[]string{"序号", "经营者", "统一社会信用代码", "域名", "网址", "身份公示", "证书监测", "可用性监测"}, rows, v.query, 30))
	})
	return h
}

// operatorOn is an operator's name and code on a day.
func (w *World) operatorOn(op, day int) (name, code string) {
	o, date := w.Operators[op], Day(day)
	for _, n := range o.Names {
		if n.From <= date || name == "" {
			name = n.Name
		}
	}
	return name, Party{USCC: o.USCC, OrgCode: o.OrgCode, RegNo: o.RegNo}.Code()
}

const (
	badgeHostName   = "szcert.ebs.example"
	monitorHostName = "jiance.sz.example"
)

// badgeHost keeps the identity pages behind the association's mark.
func (w *World) badgeHost() *host {
	h := newHost(badgeHostName, "深圳市市场监督管理局企业主体身份公示", gbkUnsaid)
	w.channel(h, Badges, "/*", func(v visit) answer {
		for _, b := range w.Badges(v.day) {
			if b.ID == v.rest {
				return h.html("企业主体身份公示", nil, htmlList("identity", []pair{
					say("企业名称", b.Party.Name), say("统一社会信用代码", b.Party.Code()), say("网站域名", b.Host), say("亮照情况", "营业执照已全文公示"),
				}))
			}
		}
		return h.missing()
	})
	return h
}

// monitorHost has two pages a site: its certificate, and how often it
// answered in a month.
func (w *World) monitorHost() *host {
	h := newHost(monitorHostName, "深圳市网站运行监测中心", utf8InHeader, "证书监测", "可用性监测")
	page := func(title string, show func(Availability) []pair) func(visit) answer {
		return func(v visit) answer {
			for _, m := range w.Monitored(v.day) {
				if m.Host+".html" == v.rest {
					return h.html(m.Host+" "+title, []string{title}, htmlList("monitor", append([]pair{
						say("网站域名", m.Host), say("主办单位", m.Party.Name), say("统一社会信用代码", m.Party.Code()),
					}, show(m)...)))
				}
			}
			return h.missing()
		}
	}
	w.channel(h, MonitorTLS, "/tls/", page("证书监测", func(m Availability) []pair {
		state := "无效（已过期或与域名不符）"
		if m.HTTPSValid {
			state = "有效"
		}
		return []pair{say("HTTPS证书状态", state)}
	}))
	w.channel(h, MonitorUptime, "/uptime/", page("可用性监测", func(m Availability) []pair {
		return []pair{say("监测截止日", m.Date.words()), say("探测次数", strconv.Itoa(m.Checks)), say("成功次数", strconv.Itoa(m.Successes))}
	}))
	return h
}

// siteHosts are operators' own sites, one host each.
func (w *World) siteHosts() []*host {
	var all []*host
	for i, s := range w.Sites {
		h := newHost(s.Host, s.Host, []charset{utf8InHeader, utf8InMeta, gbkUnsaid, utf8InHeader, gbkInMeta}[i%5])
		w.channel(h, OwnSites, "/", func(v visit) answer { return w.sitePage(h, i, v) })
		for path, title := range map[string]string{"/privacy.html": "隐私政策", "/return.html": "退换货规则"} {
			w.channel(h, OwnSites, path, func(v visit) answer {
				if a, down := h.outage(w.Site(i, v.day).Down, v); down {
					return a
				}
				return h.html(title, nil, "<p>本"+title+"适用于本网站的全部用户，最终以国家有关规定为准。</p>")
			})
		}
		all = append(all, h)
	}
	return all
}

// sitePage is the home page of an operator's own site.
func (w *World) sitePage(h *host, i int, v visit) answer {
	s := w.Site(i, v.day)
	if a, down := h.outage(s.Down, v); down {
		return a
	}
	badge := ""
	for _, b := range w.Badges(v.day) {
		if b.Site == i {
			badge = b.ID
		}
	}
	return h.look.answer(http.StatusOK, siteHTML(w.Sites[i], i, s, badge, h.look.charset))
}
