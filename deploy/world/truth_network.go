package world

import (
	"maps"
	"strings"
)

func (w *World) saidNetwork(channel string, day int) (out []saying) {
	switch channel {
	case SiteDirectory:
		for _, s := range w.Sites {
			p := w.partyOn(s.Op, day)
			out = append(out, keyed(says(channel, "site_listing", p, "", "", fields("host", s.Host, "url", "http://"+s.Host+"/")), s.Host))
		}
	case OwnSites:
		for i, s := range w.Sites {
			if v := w.Site(i, day); v.Down == "" {
				out = append(out, keyed(says(channel, "site_probe", w.partyOn(s.Op, day), "", "", siteFields(s.Host, v)), s.Host))
			}
		}
	case Badges:
		for _, b := range w.Badges(day) {
			out = append(out, keyed(says(channel, "site_probe", b.Party, "", "", fields("host", b.Host, "licence_display", "full")), b.Host))
		}
	case MonitorTLS:
		for _, m := range w.Monitored(day) {
			out = append(out, keyed(says(channel, "site_probe", m.Party, "", "", fields("host", m.Host, "https_valid", flag(m.HTTPSValid))), m.Host))
		}
	case MonitorUptime:
		for _, m := range w.Monitored(day) {
			out = append(out, keyed(says(channel, "availability", m.Party, "", m.Date, fields("host", m.Host, "date", string(m.Date),
				"checks", itoa(m.Checks), "successes", itoa(m.Successes))), m.Host+"|"+string(m.Date)))
		}
	}
	return out
}

func (w *World) saidElsewhere(channel string, day int) (out []saying) {
	switch channel {
	case Security:
		for _, f := range w.Findings(day) {
			s := says(channel, "security_finding", f.Party, f.Number, f.Date, fields("host", f.Host, "kind", f.Kind, "date", string(f.Date), "cleared", string(f.Cleared)))
			s.end = f.Cleared
			out = append(out, s)
		}
	case NewsSite:
		for _, n := range w.Articles(day) {
			severity := "minor"
			if n.Major {
				severity = "major"
			}
			out = append(out, says(channel, "news", n.Party, n.Number, n.Date, fields("title", n.Title, "date", string(n.Date), "severity", severity)))
		}
	case Honours:
		for _, h := range w.Honours(day) {
			out = append(out, says(channel, "award", h.Party, h.Number, h.Date, fields("authority", h.Authority, "date", string(h.Date),
				"name", h.Name, "level", h.Level, "opted_out", flag(h.OptedOut))))
		}
	case Commitments:
		for _, c := range w.Commitments(day) {
			out = append(out, says(channel, "commitment", c.Party, c.Number, c.Date, fields("authority", c.Authority, "date", string(c.Date),
				"content", c.Content, "status", c.Status)))
		}
	}
	return out
}

func keyed(s saying, key string) saying {
	s.key = key
	return s
}

// partyOn is an operator as a directory names it on a day.
func (w *World) partyOn(op, day int) Party {
	o := w.Operators[op]
	p := Party{Op: op, USCC: o.USCC, Kind: o.Kind}
	if p.USCC == "" {
		p.RegNo = o.RegNo
	}
	for _, n := range o.Names {
		if n.From <= Day(day) || p.Name == "" {
			p.Name = n.Name
		}
	}
	return p
}

// siteFields is what a visitor reads on the home page of a site.
func siteFields(host string, v SiteState) map[string]string {
	f := fields("host", host, "available", "true", "licence_display", v.Licence, "shown_name", v.Name, "icp_number", v.ICP, "police_number", v.Police,
		"privacy_policy", flag(v.Privacy), "return_policy", flag(v.ReturnPolicy), "absolute_terms", itoa(len(v.AbsoluteTerms)),
		"latest_content", string(v.LatestContent), "latest_goods", string(v.LatestGoods))
	if v.Licence == "full" || v.Licence == "partial" {
		maps.Copy(f, fields("shown_uscc", v.USCC, "shown_address", v.Address))
	}
	return f
}

func (w *World) saidShops(channel string, day int) (out []saying) {
	switch channel {
	case Hotline:
		for _, c := range w.Complaints(channel, -1, day) {
			out = append(out, complaintSaid(channel, c))
		}
		return out
	}
	for i := range w.Shops {
		var all []saying
		switch channel {
		case PlatformShops:
			all = []saying{w.shopSaid(i, day)}
		case Reviews:
			all = w.reviewsSaid(i, day)
		case PlatformComplaints:
			for _, c := range w.Complaints(channel, i, day) {
				all = append(all, complaintSaid(channel, c))
			}
		default:
			return nil
		}
		for _, s := range all {
			s.shop = i
			out = append(out, s)
		}
	}
	return out
}

func (w *World) shopSaid(i, day int) saying {
	shop, s, orders := w.Shops[i], w.Shop(i, day), ""
	if s.Orders >= 0 {
		orders = itoa(s.Orders)
	}
	return keyed(says(PlatformShops, "shop", s.Party, "", "", fields("platform", shop.Platform, "shop_id", shop.ID, "shop_name", s.Name,
		"opened", string(s.Opened), "operator_since", string(s.Since), "operator_kind", s.Kind, "identity_verified", flag(s.Verified),
		"orders", orders, "licence_display", s.Licence, "return_policy", flag(s.ReturnPolicy), "absolute_terms", itoa(len(s.AbsoluteTerms)),
		"latest_goods", string(s.LatestGoods))), shop.Platform+"/"+shop.ID)
}

func (w *World) reviewsSaid(i, day int) (out []saying) {
	shop, p := w.Shops[i], w.Shop(i, day).Party
	for _, r := range w.Reviews(i, day) {
		f := fields("shop_id", shop.ID, "review_id", r.ID, "date", string(r.Date))
		if r.Count > 0 {
			f["count"], f["positive"] = itoa(r.Count), itoa(r.Positive)
		} else {
			f["stars"], f["text"], f["author"] = itoa(r.Stars), r.Text, masked(r.Author)
		}
		if r.Suspect {
			f["suspect"] = "true"
		}
		out = append(out, keyed(says(Reviews, "review", p, "", r.Date, f), shop.ID+"|"+r.ID))
	}
	return out
}

func complaintSaid(channel string, c Complaint) saying {
	s := says(channel, "complaint", c.Party, c.Number, c.Date, fields("authority", c.Authority, "date", string(c.Date),
		"resolved", flag(c.Resolved), "topic", c.Topic))
	s.key = folded(c.Authority) + "|" + folded(c.Number)
	return s
}

// shape says how statements of a type behave in time.
func shape(typ string) string {
	switch {
	case strings.HasSuffix(typ, "_listing") && typ != "site_listing", strings.HasSuffix(typ, "_arrears"):
		return "standing"
	case typ == "licence", typ == "enforcement", typ == "consumption_limit", typ == "dishonest_debtor", typ == "security_finding":
		return "standing"
	case typ == "registration", typ == "icp", typ == "police_filing", typ == "site_listing", typ == "site_probe", typ == "shop":
		return "snapshot"
	}
	return "event"
}
