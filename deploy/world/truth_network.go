package world

import "strings"

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
	f := fields("host", host, "licence_display", v.Licence, "shown_name", v.Name, "icp_number", v.ICP, "police_number", v.Police,
		"privacy_policy", flag(v.Privacy), "return_policy", flag(v.ReturnPolicy), "absolute_terms", itoa(len(v.AbsoluteTerms)),
		"latest_content", string(v.LatestContent), "latest_goods", string(v.LatestGoods))
	if v.Licence == "full" || v.Licence == "partial" {
		for name, value := range fields("shown_uscc", v.USCC, "shown_address", v.Address) {
			f[name] = value
		}
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
	case PlatformShops, Reviews, PlatformComplaints:
	default:
		return nil
	}
	for i, shop := range w.Shops {
		s := w.Shop(i, day)
		about := func(x saying) {
			x.shop = i
			out = append(out, x)
		}
		switch channel {
		case PlatformShops:
			orders := ""
			if s.Orders >= 0 {
				orders = itoa(s.Orders)
			}
			about(keyed(says(channel, "shop", s.Party, "", "", fields("platform", shop.Platform, "shop_id", shop.ID, "shop_name", s.Name,
				"opened", string(s.Opened), "operator_since", string(s.Since), "operator_kind", s.Kind, "identity_verified", flag(s.Verified),
				"orders", orders, "licence_display", s.Licence, "return_policy", flag(s.ReturnPolicy), "absolute_terms", itoa(len(s.AbsoluteTerms)),
				"latest_goods", string(s.LatestGoods))), shop.Platform+"/"+shop.ID))
		case Reviews:
			for _, r := range w.Reviews(i, day) {
				f := fields("shop_id", shop.ID, "review_id", r.ID, "date", string(r.Date))
				switch {
				case r.Count > 0:
					f["count"], f["positive"] = itoa(r.Count), itoa(r.Positive)
				default:
					f["stars"], f["text"] = itoa(r.Stars), r.Text
					if r.Suspect {
						f["suspect"] = "true"
					}
				}
				about(keyed(says(channel, "review", s.Party, "", r.Date, f), shop.ID+"|"+r.ID))
			}
		case PlatformComplaints:
			for _, c := range w.Complaints(channel, i, day) {
				about(complaintSaid(channel, c))
			}
		}
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
