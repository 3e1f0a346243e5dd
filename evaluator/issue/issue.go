// Package issue decides when a result is issued, and says in what state of its
// publication an issued one is.
//
// A calculation is a function and can be made at any time; an issue is an act.
// It is written when the result says something else than the last one did, or
// when half a year has passed (Measures art. 13), and it is publicised for ten
// working days in which the operator may object (art. 12). States are derived
// from the days on which things were done, never stored: so an old day can be
// asked again.
package issue

import (
	"probity/evaluator"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// Why a result is issued.
const (
	First    = "first"     // 首次评价
	Changed  = "changed"   // 结果或理由有变
	HalfYear = "half_year" // 上次结果已满更新期限
)

// Why returns the reason for which a result must be issued now, or the empty
// string when the last one still holds. last is nil for the first result;
// issued is the day of the last one.
func Why(std *standard.Standard, last *evidence.Evaluation, issued evidence.Date, now evidence.Evaluation) string {
	switch {
	case last == nil:
		return First
	case !evaluator.Same(*last, now):
		return Changed
	case issued.AddMonths(std.Workflow.UpdateMonths) <= now.AsOf:
		return HalfYear
	}
	return ""
}

// States of an issue on a day (MODEL 6).
const (
	Computed  = "computed"     // 已计算，未告知
	Noticed   = "noticed"      // 已告知本人（社会信用条例第三十九条：不利评价公开前告知）
	Publicity = "in_publicity" // 公示中
	Standing  = "standing"     // 已生效
	Withdrawn = "withdrawn"    // 已撤回或被后一结果取代
)

// A Publication holds the days on which an issue was made known. An empty day
// is one that has not come.
type Publication struct {
	Computed    evidence.Date `json:"computed"`
	Noticed     evidence.Date `json:"noticed,omitempty"`
	From        evidence.Date `json:"from,omitempty"`        // first day of publicity, itself not counted
	Until       evidence.Date `json:"until,omitempty"`       // last day of publicity, to its end
	Provisional bool          `json:"provisional,omitempty"` // Until rests on a year without a table of working days
	Calendar    string        `json:"calendar,omitempty"`    // digest of the tables it was counted by
	Withdrawn   evidence.Date `json:"withdrawn,omitempty"`
	Successor   string        `json:"successor,omitempty"` // the issue that took its place
}

// A Clock counts working days, see evaluator/calendar.
type Clock interface {
	Publicity(start evidence.Date, days int) (last evidence.Date, provisional bool)
	Digest() string
}

// Open begins the publicity of an issue on a day, for as many working days as
// the standard's workflow says.
func (p Publication) Open(std *standard.Standard, clock Clock, from evidence.Date) Publication {
	p.From = from
	p.Until, p.Provisional = clock.Publicity(from, std.Workflow.PublicityDays)
	p.Calendar = clock.Digest()
	return p
}

// Recount counts a provisional clock that has not ended again by newer
// tables. A finished clock is never moved by a later table.
func (p Publication) Recount(std *standard.Standard, clock Clock, on evidence.Date) Publication {
	if p.From == "" || !p.Provisional || p.Until < on {
		return p
	}
	return p.Open(std, clock, p.From)
}

// State derives the state on a day.
func (p Publication) State(on evidence.Date) string {
	reached := func(d evidence.Date) bool { return d != "" && d <= on }
	switch {
	case reached(p.Withdrawn):
		return Withdrawn
	case reached(p.From) && on <= p.Until:
		return Publicity
	case reached(p.From):
		return Standing
	case reached(p.Noticed):
		return Noticed
	}
	return Computed
}

// MayObject reports whether the operator may still object on a day (art. 12:
// inside the publicity).
func (p Publication) MayObject(on evidence.Date) bool { return p.State(on) == Publicity }
