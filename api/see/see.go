// Package see says who may see what: the one table of MODEL 6, and what is
// left of an answer when a reader may not see all of it.
//
// A repaired, annulled or expired record stops being published and used
// (measures on the repair of credit, NDRC 2025, art. 2-4), so the public is
// told neither its content nor its state; the operator, who must be able to
// explain a grade of the past, is. Something is shown to the public only
// where its state admits that both on the day asked for and today: nobody
// reads a repaired penalty by asking for last month. It refuses to leave a
// gap unsaid: what is taken out is counted.
package see

import (
	"probity/api/doors"
	"probity/pipeline/evidence"
)

// A Role is how a reader is known.
type Role int

// The roles. Somebody who gave the operator's token is the operator.
const (
	Public Role = iota
	Operator
)

// A Thing is what somebody may see or do.
type Thing string

// Things that are neither a fact nor an issue.
const (
	MaskedText    Thing = "text masked"
	OriginalBytes Thing = "bytes original"
	OrderByForm   Thing = "order form"  // with a same-site form token
	OrderByToken  Thing = "order token" // with the operator's token
	Reports       Thing = "report run"
)

// FactIn is a fact in a state.
func FactIn(state string) Thing { return Thing("fact " + state) }

// IssueIn is an issue in a state.
func IssueIn(state string) Thing { return Thing("issue " + state) }

// A Row says who may see a thing and why.
type Row struct {
	Thing            Thing
	Public, Operator bool
	Zh, En           string
}

// Table is the whole of who sees which. What is not in it nobody sees.
func Table() []Row {
	return []Row{
		{FactIn(evidence.InForce), true, true, "有效的事项向社会公开", "facts in force are public"},
		{FactIn(evidence.Superseded), true, true, "已被后续裁判取代的，连同后续裁判公开", "superseded judgments are shown beside what superseded them"},
		{FactIn(evidence.Repaired), false, true, "已修复的停止公示、共享和使用", "a repaired record is no longer published, shared or used"},
		{FactIn(evidence.Annulled), false, true, "已撤销的停止公示", "an annulled record is no longer published"},
		{FactIn(evidence.Expired), false, true, "已移出或期满的停止公示", "what has ended is no longer published"},
		{FactIn(evidence.Unpublished), false, true, "来源不再公示的，本站也不再公示", "what its source no longer publishes is not published here"},
		{FactIn(evidence.NotYet), false, true, "所问之日尚未发生", "not yet there on the day asked for"},
		{FactIn("sealed"), false, true, "保存期满，已封存", "sealed when its retention ended"},
		{IssueIn(doors.Computed), false, true, "未告知经营者之前不公开", "not public before the operator was told (regulation art. 39)"},
		{IssueIn(doors.Noticed), false, true, "已告知、未公示", "told, not yet publicised"},
		{IssueIn(doors.InPublicity), true, true, "公示中", "in publicity"},
		{IssueIn(doors.Stands), true, true, "公示期满，生效", "standing after publicity"},
		{IssueIn(doors.Withdrawn), true, true, "已撤回，仅标明撤回", "withdrawn, and said to be"},
		{MaskedText, true, true, "页面文字（个人信息已逐字遮盖）", "page text, personal data masked rune for rune"},
		{OriginalBytes, false, true, "原始字节须凭运营者令牌并留痕", "original bytes need the operator's token and leave an entry"},
		{OrderByForm, true, true, "本站表单可启停采集", "this site's own form may start and stop campaigns"},
		{OrderByToken, false, true, "运营者令牌可启停采集", "so may the operator's token"},
		{Reports, true, true, "采集报告公开", "reports of runs are public"},
	}
}

// May reports whether a role may see or do a thing.
func (r Role) May(t Thing) bool {
	for _, row := range Table() {
		if row.Thing == t {
			return r == Operator && row.Operator || r == Public && row.Public
		}
	}
	return false
}

// Fact reports whether a role may see a fact on a day and today.
func (r Role) Fact(f evidence.Fact, on, today evidence.Date) bool {
	return r.May(FactIn(f.State(on))) && r.May(FactIn(f.State(today)))
}

// Any reports whether a role may see something that states these facts: one
// that it may see is enough, and what states none is no one's.
func (r Role) Any(facts []doors.FactRef) bool {
	for _, f := range facts {
		if r.May(FactIn(f.State)) {
			return true
		}
	}
	return len(facts) == 0
}
