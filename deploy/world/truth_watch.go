package world

import (
	"slices"
	"strings"
)

// halfPage is how many rows stand on the first page of the channels that may
// break after it.
func halfPage(channel string) int {
	return map[string]int{PenaltyPages: 20}[channel]
}

// A memory is what a watcher remembers of one row of a channel, about one
// operator.
type memory struct {
	last   saying
	anchor string
	first  int // day on which it was first seen
	missed int // complete searches in a row that lacked it
	since  int // the first of them
	gone   bool
	handed Date // of a shop: the first day of whoever has it now
}

// A watcher has crawled everything on some days, once for each time that a day
// is named.
type watcher struct {
	w       *World
	rows    map[string]*memory // channel, type, key and anchor
	order   []string
	looks   []Look
	repairs map[string]Repair
	holders map[int][]holder       // by shop
	held    map[string][]string    // by channel: anchors that wait for a person
	mention map[string][]string    // by channel: folded names that are tied to nobody
	names   map[string][]DatedName // by anchor: as the register says
}

// A holder had a shop from a day on.
type holder struct {
	anchor string
	since  Date
}

func (w *World) watch(days []int) *watcher {
	v := &watcher{
		w: w, rows: map[string]*memory{}, repairs: map[string]Repair{}, holders: map[int][]holder{},
		held: map[string][]string{}, mention: map[string][]string{}, names: map[string][]DatedName{},
	}
	for _, day := range days {
		v.crawl(day)
	}
	return v
}

// crawl visits every channel on a day.
func (v *watcher) crawl(day int) {
	// Who holds which shop must be known before what is said of shops.
	v.visit(PlatformShops, day)
	for _, c := range Channels() {
		if c.Name != PlatformShops {
			v.visit(c.Name, day)
		}
	}
	v.see(day)
}

// visit crawls one channel on a day.
func (v *watcher) visit(name string, day int) {
	c := channelOf(name)
	how := v.w.Outage(name, day)
	if how != "" && how != "half" {
		return
	}
	all := v.w.said(name, day)
	if how == "half" {
		all = all[:min(len(all), halfPage(name))]
	}
	if name == Repairs {
		for _, r := range v.w.Repairs(day) {
			v.repairs[r.ID] = r
		}
	}
	if name == Register {
		for _, r := range v.w.Registrations(day) {
			v.names[v.w.anchorOf(r.Op)] = append(slices.Clone(r.Former), DatedName{Name: r.Name, From: r.NameSince})
		}
	}
	now := map[string]bool{}
	delete(v.held, name)
	delete(v.mention, name)
	for _, s := range all {
		anchor := v.anchor(s)
		if anchor == "" {
			continue
		}
		now[v.remember(s, anchor, day)] = true
	}
	if c.Missing == "nothing" || how == "half" {
		return
	}
	for _, id := range v.order {
		m := v.rows[id]
		if m.last.channel != name || now[id] {
			continue
		}
		if m.missed++; m.missed == 1 {
			m.since = day
		}
		m.gone = m.missed >= 2
	}
}

// remember notes what is said of somebody on a day, and returns where.
func (v *watcher) remember(s saying, anchor string, day int) string {
	id := strings.Join([]string{s.channel, s.typ, s.key, anchor}, "\x00")
	m := v.rows[id]
	if m == nil {
		m = &memory{anchor: anchor, first: day}
		v.rows[id] = m
		v.order = append(v.order, id)
	}
	m.last, m.missed, m.gone = s, 0, false
	if s.typ == "shop" {
		v.hand(s, anchor)
	}
	return id
}

// hand notes who holds a shop, and ends the shop for whoever held it before.
func (v *watcher) hand(s saying, anchor string) {
	all := v.holders[s.shop]
	if n := len(all); n > 0 && all[n-1].anchor == anchor {
		return
	}
	since := Date(s.fields["operator_since"])
	v.holders[s.shop] = append(all, holder{anchor, since})
	for _, m := range v.rows {
		if m.last.typ == "shop" && m.last.key == s.key && m.anchor != anchor {
			m.handed = since
		}
	}
}

// anchor is whom a saying is tied to: by code, where the register does not
// deny the name; by the shop's holder on its date; by a name that one operator
// bore on its date. Empty: nobody, or a person has to say.
func (v *watcher) anchor(s saying) string {
	if s.typ == "review" || s.typ == "complaint" && s.shop >= 0 {
		out := ""
		for _, h := range v.holders[s.shop] {
			if h.since <= s.date {
				out = h.anchor
			}
		}
		return out
	}
	if s.party.Code() == "" && s.party.Kind != "natural" {
		return v.bearer(s)
	}
	anchor := v.w.anchorOf(s.party.Op)
	o := v.w.Operators[s.party.Op]
	if o.Kind == "natural" || slices.ContainsFunc(o.Names, func(n DatedName) bool { return folded(n.Name) == folded(s.party.Name) }) {
		return anchor
	}
	if !slices.Contains(v.held[s.channel], anchor) {
		v.held[s.channel] = append(v.held[s.channel], anchor)
	}
	return ""
}

// bearer is the only one who bore the name of a saying on its date, by the
// register. A name of nobody, or of several, is a mention.
func (v *watcher) bearer(s saying) string {
	var found []string
	for anchor, names := range v.names {
		if slices.ContainsFunc(names, func(n DatedName) bool {
			return folded(n.Name) == folded(s.party.Name) && n.From <= s.date && (n.To == "" || s.date <= n.To)
		}) {
			found = append(found, anchor)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	v.mention[s.channel] = append(v.mention[s.channel], folded(s.party.Name))
	return ""
}

// undecided are those whom something in a channel might concern: held for
// them, or mentioned under one of their names.
func (v *watcher) undecided(channel string) []string {
	out := slices.Clone(v.held[channel])
	for anchor, names := range v.names {
		if slices.ContainsFunc(names, func(n DatedName) bool { return slices.Contains(v.mention[channel], folded(n.Name)) }) {
			out = append(out, anchor)
		}
	}
	slices.Sort(out)
	return out
}

// anchorOf is the strongest code that is known of an operator, else its shop.
func (w *World) anchorOf(op int) string {
	switch o := w.Operators[op]; {
	case o.Kind == "natural":
		s := w.Shops[o.Shops[0]]
		return "shop:" + s.Platform + "/" + s.ID
	case o.USCC != "":
		return "uscc:" + o.USCC
	case o.OrgCode != "":
		return "org:" + o.OrgCode
	default:
		return "reg:" + o.RegNo
	}
}

// see writes down the looks of a day.
func (v *watcher) see(day int) {
	for _, c := range Channels() {
		base := Look{Channel: c.Name, Kind: c.Kind, Day: day, Date: Day(day), Indicators: c.Indicators, Area: c.Area, MaxAge: c.MaxAge, Result: "complete"}
		switch v.w.Outage(c.Name, day) {
		case "":
		case "half":
			base.Result = "partial"
		default:
			base.Result = "failed"
		}
		base.Undecided = v.undecided(c.Name)
		if c.Name == InternalDrafts {
			base.Result = "refused" // robots.txt forbids it
		}
		if !c.Each {
			v.looks = append(v.looks, base)
			continue
		}
		for _, s := range v.subjects(c.Name, day) {
			look := base
			look.Subject = s.anchor
			if s.failed {
				look.Result = "failed"
			}
			v.looks = append(v.looks, look)
		}
	}
}

// A visited is one site or shop that was looked at.
type visited struct {
	anchor string
	failed bool
}

// subjects are the sites or shops that a channel of one look each leads to.
func (v *watcher) subjects(channel string, day int) (out []visited) {
	switch channel {
	case OwnSites:
		for i, s := range v.w.Sites {
			out = append(out, visited{v.w.anchorOf(s.Op), v.w.Site(i, day).Down != ""})
		}
	case Badges:
		for _, b := range v.w.Badges(day) {
			out = append(out, visited{v.w.anchorOf(b.Party.Op), false})
		}
	case MonitorTLS, MonitorUptime:
		for _, m := range v.w.Monitored(day) {
			out = append(out, visited{v.w.anchorOf(m.Party.Op), false})
		}
	case PlatformShops, Reviews, PlatformComplaints:
		for i := range v.w.Shops {
			out = append(out, visited{v.w.anchorOf(v.w.Shop(i, day).Op), false})
		}
	}
	return out
}

func channelOf(name string) Channel {
	for _, c := range Channels() {
		if c.Name == name {
			return c
		}
	}
	return Channel{}
}
