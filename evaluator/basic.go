package evaluator

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// registration is 1.1: the worst status that a register states; a list of
// revoked licences states 吊销. A finished search of the register that found
// nobody gives nothing.
func registration(c *calc, in standard.Indicator) verdict {
	var worst *verdict
	take := func(f *fact, status string) {
		if !in.Rule.Has(status) {
			return
		}
		if v := mapped(in, in.Rule.Points(status), f, "1.1 "+status, true); worst == nil || v.got.Cmp(worst.got) < 0 {
			worst = &v
		}
	}
	for _, f := range c.of("registration") {
		take(f, f.Fields["status"])
	}
	for _, f := range c.of("revocation_listing") {
		take(f, "吊销")
	}
	if worst == nil {
		v := mapped(in, new(big.Rat), nil, "1.1 未见登记 (no registration found)", false)
		return v
	}
	return *worst
}

// status reports whether a registered status is one of those, and who says so.
func (c *calc) status(among []string) []*fact {
	var out []*fact
	for _, f := range c.inForce("registration") {
		if slices.Contains(among, f.Fields["status"]) {
			out = append(out, f)
		}
	}
	if slices.Contains(among, "吊销") {
		out = append(out, c.inForce("revocation_listing")...)
	}
	return out
}

// ownSites are the probes of the operator's own pages: those that say what a
// page shows. A licence mark or a monitor of certificates says nothing of it.
func (c *calc) ownSites() []*fact {
	var out []*fact
	for _, f := range c.of("site_probe") {
		for _, field := range []string{"privacy_policy", "icp_number", "police_number", "shown_name", "shown_uscc", "shown_address"} {
			if f.Fields[field] != "" {
				out = append(out, f)
				break
			}
		}
	}
	return out
}

// consistency is 1.2: of the fields that the standard names, those that the
// site shows as the register has them. A field it does not show is not
// matched. The worst of several sites.
func consistency(c *calc, in standard.Indicator) verdict {
	var worst *verdict
	for _, f := range c.ownSites() {
		matched := 0
		for _, field := range in.Rule.Fields {
			shown := evidence.FoldName(f.Fields["shown_"+field])
			if shown != "" && slices.Contains(c.registered(field), shown) {
				matched++
			}
		}
		got := in.Rule.Points("points")
		got.Mul(got, big.NewRat(int64(matched), int64(len(in.Rule.Fields))))
		v := mapped(in, got, f, "1.2 "+strconv.Itoa(matched)+"/"+strconv.Itoa(len(in.Rule.Fields)), false)
		if worst == nil || got.Cmp(worst.got) < 0 {
			worst = &v
		}
	}
	if worst == nil {
		return mapped(in, new(big.Rat), nil, "1.2 无可比对的网站 (no site to compare)", false)
	}
	return *worst
}

// registered returns the folded values that the register has of a field.
func (c *calc) registered(field string) []string {
	var out []string
	add := func(v string) {
		if v != "" {
			out = append(out, evidence.FoldName(v))
		}
	}
	for _, f := range c.of("registration") {
		add(f.Fields[field])
	}
	switch field {
	case "name":
		add(c.subject.Name)
	case "uscc":
		for _, id := range c.subject.Identifiers {
			if v, ok := strings.CutPrefix(id, "uscc:"); ok {
				add(v)
			}
		}
	}
	return out
}

// display is 1.3: the worst way in which any site or shop shows its licence.
func display(c *calc, in standard.Indicator) verdict {
	var worst *verdict
	for _, f := range append(c.of("site_probe"), c.of("shop")...) {
		how := f.Fields["licence_display"]
		if !in.Rule.Has(how) {
			continue
		}
		if v := mapped(in, in.Rule.Points(how), f, "1.3 "+how, false); worst == nil || v.got.Cmp(worst.got) < 0 {
			worst = &v
		}
	}
	if worst == nil {
		return mapped(in, in.Rule.Points("none"), nil, "1.3 none", false)
	}
	return *worst
}

// scopes are the registered scopes of business.
func (c *calc) scopes() []string {
	var out []string
	for _, f := range c.of("registration") {
		if s := f.Fields["business_scope"]; s != "" {
			out = append(out, s)
		}
	}
	return out
}

// required are the licences that the registered scope needs, by the table.
func (c *calc) required() []string {
	return c.tables.Licences.Required(strings.Join(c.scopes(), "；"))
}

// licences is 1.4: valid ones over required ones. Where no scope is known the
// licences that it is known to have had are those required.
func licences(c *calc, in standard.Indicator) verdict {
	required := c.required()
	held := map[string]*fact{}
	for _, f := range c.of("licence") {
		name := evidence.FoldName(f.Fields["name"])
		if len(c.scopes()) == 0 && !slices.Contains(required, name) {
			required = append(required, name)
		}
		if c.valid(f) {
			held[name] = f
		}
	}
	v := verdict{got: in.Rule.Points("points")}
	if len(required) == 0 {
		v.note = "未见须取得的许可 (no licence is known to be required)"
		return v
	}
	share := new(big.Rat).Quo(v.got, big.NewRat(int64(len(required)), 1))
	v.got = new(big.Rat)
	for _, name := range required {
		if f := held[evidence.FoldName(name)]; f != nil {
			v.got.Add(v.got, share)
			v.basis = append(v.basis, f.ID)
			continue
		}
		v.losses = append(v.losses, loss{rule: "1.4 " + name, points: share, note: "未见有效许可 (no valid licence found)"})
	}
	return v
}

// valid reports whether a licence holds on the day; its last day is one.
func (c *calc) valid(f *fact) bool {
	status, to := f.Fields["status"], evidence.Date(f.Fields["valid_to"])
	return (status == "" || status == "有效") && (to == "" || c.asOf <= to)
}

// filings is 1.5: whether the numbers that the site shows are registered to
// this operator. The worst of several sites.
func filings(c *calc, in standard.Indicator) verdict {
	has := func(typ, number string) bool {
		return number != "" && slices.ContainsFunc(c.of(typ), func(f *fact) bool {
			return evidence.FoldNumber(f.Fields["number"]) == evidence.FoldNumber(number)
		})
	}
	var worst *verdict
	for _, f := range c.ownSites() {
		icp, police := f.Fields["icp_number"], f.Fields["police_number"]
		key := "present_mismatch"
		switch {
		case has("icp", icp) && has("police_filing", police):
			key = "both_match"
		case has("icp", icp):
			key = "icp_match"
		case icp == "" && police == "":
			key = "none"
		}
		if v := mapped(in, in.Rule.Points(key), f, "1.5 "+key, false); worst == nil || v.got.Cmp(worst.got) < 0 {
			worst = &v
		}
	}
	if worst == nil {
		return mapped(in, in.Rule.Points("none"), nil, "1.5 none", false)
	}
	return *worst
}

// continuity is 1.6: the latest annual report due was published in time, and
// how long the operator has existed.
func continuity(c *calc, in standard.Indicator) verdict {
	v := verdict{got: new(big.Rat)}
	established := evidence.Date("")
	for _, f := range c.of("registration") {
		if d := evidence.Date(f.Fields["established"]); d != "" && (established == "" || d < established) {
			established = d
		}
	}
	year, due := c.reportDue()
	onTime := established != "" && established.Time().Year() > year
	for _, f := range c.of("annual_report") {
		if f.Fields["year"] == strconv.Itoa(year) && f.Date <= due {
			onTime = true
			v.basis = append(v.basis, f.ID)
		}
	}
	if p := in.Rule.Points("annual_report_on_time"); onTime {
		v.got.Add(v.got, p)
	} else {
		v.losses = append(v.losses, loss{
			rule: "1.6 annual_report_on_time", points: p,
			note: "未见按期公示的" + strconv.Itoa(year) + "年度报告 (no report found in time)",
		})
	}
	best, most := new(big.Rat), new(big.Rat)
	for _, b := range in.Rule.Bounds("age_years>=") {
		most = b.Points.Rat()
		months := new(big.Rat).Mul(b.At[0], big.NewRat(12, 1))
		if established != "" && big.NewRat(int64(c.age(established)), 1).Cmp(months) >= 0 {
			best = b.Points.Rat()
		}
	}
	v.got.Add(v.got, best)
	if short := most.Sub(most, best); short.Sign() > 0 {
		v.losses = append(v.losses, loss{rule: "1.6 age_years", points: short, note: "成立日期 (established) " + string(established)})
	}
	return v
}

// reportDue returns the latest year whose report is due before the day, and
// its last day (企业信息公示暂行条例 art. 8).
func (c *calc) reportDue() (year int, due evidence.Date) {
	for year = c.asOf.Time().Year() - 1; ; year-- {
		due = evidence.Date(strconv.Itoa(year+1) + "-" + c.tables.Readings.AnnualReportDue)
		if due < c.asOf || year < 1 {
			return year, due
		}
	}
}
