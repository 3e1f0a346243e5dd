package evaluator

import (
	"slices"

	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// horizon is how many months ahead a change is looked for: the longest
// publicity of the standard and no less than its longest window.
func horizon(std *standard.Standard) int {
	months := 0
	for _, s := range std.Severity {
		months = max(months, s.Max)
	}
	for _, in := range std.Indicators {
		if in.Window != nil {
			months = max(months, *in.Window)
		}
	}
	return months
}

// next returns the first day after as_of on which the same inputs say
// something else; empty when there is none within the horizon. Only days on
// which some input can change its weight are tried.
func (p prepared) next(std *standard.Standard, tables *Tables, in evidence.Inputs, now evidence.Evaluation) evidence.Date {
	end := in.AsOf.AddMonths(horizon(std))
	for _, day := range p.days(std, tables, in.AsOf, end) {
		if !Same(now, p.on(std, tables, in, day).evaluate()) {
			return day
		}
	}
	return ""
}

// days collects the candidates in (after, end], sorted.
func (p prepared) days(std *standard.Standard, tables *Tables, after, end evidence.Date) []evidence.Date {
	set := map[evidence.Date]bool{}
	add := func(d evidence.Date) {
		if d > after && d <= end {
			set[d] = true
		}
	}
	for _, l := range p.looks {
		add(l.Date())
		add(l.Date().AddDays(l.MaxAgeDays + 1))
		for _, in := range std.Indicators {
			if in.Window != nil && l.Date() > after {
				add(l.Date().AddMonths(-*in.Window))
			}
		}
	}
	for _, f := range p.facts {
		factDays(std, f, after, end, add)
	}
	// A report is missed from the day after the last one on which it is due.
	for year := after.Time().Year(); year <= end.Time().Year(); year++ {
		due := evidence.Date(after.Time().AddDate(year-after.Time().Year(), 0, 0).Format("2006") + "-" + tables.Readings.AnnualReportDue)
		add(due.AddDays(1))
	}
	out := make([]evidence.Date, 0, len(set))
	for d := range set {
		out = append(out, d)
	}
	slices.Sort(out)
	return out
}

// factDays adds the days on which a fact can begin, end, or weigh otherwise.
func factDays(std *standard.Standard, f evidence.Fact, after, end evidence.Date, add func(evidence.Date)) {
	add(f.Date)
	add(f.End)
	for _, e := range f.Effects {
		add(e.From)
		add(e.Until)
	}
	for _, i := range f.Presence {
		add(i.From)
		add(i.To)
	}
	add(evidence.Date(f.Fields["publicity_end"]))
	add(evidence.Date(f.Fields["effective"]))
	add(day(f, "valid_to", 1))
	switch f.Type {
	case "penalty", "coercion", "judgment", "labour_award":
		months(f.Date, after, end, add)
		months(evidence.Date(f.Fields["effective"]), after, end, add)
	case "registration":
		years(evidence.Date(f.Fields["established"]), after, end, add)
	case "award":
		add(edge(f.Date, std.Adjustments.Item("5.1").Months))
	case "site_probe", "shop":
		staleDays(std, f, add)
	default:
		for _, in := range std.Indicators {
			if in.Window != nil {
				add(edge(f.Date, *in.Window))
			}
		}
	}
}

// staleDays adds the days on which content or goods become known or stale.
func staleDays(std *standard.Standard, f evidence.Fact, add func(evidence.Date)) {
	in, _ := std.Indicator("4.4")
	for key, form := range map[string]string{"latest_content": "content_update_", "latest_goods": "goods_update_"} {
		add(day(f, key, 0))
		for _, b := range in.Rule.Bounds(form) {
			n, _ := b.At[0].Float64()
			add(day(f, key, int(n)+1))
		}
	}
}

// edge is the day on which a fact leaves a window of months.
func edge(d evidence.Date, n int) evidence.Date {
	if d == "" {
		return ""
	}
	return d.AddMonths(n)
}

// day is a field's date and some days.
func day(f evidence.Fact, field string, n int) evidence.Date {
	d := evidence.Date(f.Fields[field])
	if _, err := evidence.ParseDate(string(d)); err != nil {
		return ""
	}
	return d.AddDays(n)
}

// months adds every month's anniversary of d in (after, end].
func months(d, after, end evidence.Date, add func(evidence.Date)) {
	if d == "" {
		return
	}
	for n := max(d.MonthsUntil(after), 0); ; n++ {
		at := d.AddMonths(n)
		if at > end {
			return
		}
		add(at)
	}
}

// years adds every year's anniversary.
func years(d, after, end evidence.Date, add func(evidence.Date)) {
	if d == "" {
		return
	}
	for n := max(d.MonthsUntil(after)/12, 0); ; n++ {
		at := d.AddMonths(12 * n)
		if at > end {
			return
		}
		add(at)
	}
}
