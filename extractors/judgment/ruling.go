package judgment

import (
	"regexp"
	"slices"
	"strings"

	"probity/extractors/norm"
)

// An item is one numbered part of a ruling.
type item struct {
	part
	no    int
	kind  itemKind
	who   string   // of a duty: what stands before it, naming who owes it
	sums  []string // amounts to be paid
	refer []int    // items for which it makes somebody answer too; -1: all before
}

type itemKind int

const (
	itemOther   itemKind = iota
	itemDuty             // somebody has to pay, stop or do something
	itemDismiss          // a claim is dismissed
)

// A ruling is what stands in the end: of an appeal, what it leaves of the
// ruling below and what it adds.
type ruling struct {
	items       []item
	disposition string // of an appeal
	at          span
	t           *text
}

var (
	numbered  = regexp.MustCompile(`(?:^|[\n；;。：:])\s*([一二三四五六七八九十]{1,3})、`)
	duty      = regexp.MustCompile(`应当?|须|需|[于在自]本|本判决|立即|即日|向|支付|给付|赔偿|偿还|返还|退还|退回|清偿|停止|承担|交付|赔礼|履行|协助|消除|共同|连带|对|继续|补足|补缴|刊登`)
	verb      = regexp.MustCompile(`支付|给付|赔偿|偿还|返还|退还|退回|清偿|停止|承担|交付|赔礼道歉|履行|协助|消除影响|补足|补缴|刊登|更换|修理|召回|下架|删除|办理`)
	relieved  = regexp.MustCompile(`无[需须]|不需|不予支付|不承担|不再支付`)
	base      = regexp.MustCompile(`[（(][^（()）]*[）)]|以[^，,；;。]*?元?为(?:基数|本金|限|标准)|按照?[^，,；;。]*?(?:计算|计付|计息)|每[日月年天][^，,；;。]*?元`)
	total     = regexp.MustCompile(`(?:共计|合计|总计|以上[^，,；;。]{0,8}共)`)
	reference = regexp.MustCompile(`第([一二三四五六七八九十]+(?:、(?:第)?[一二三四五六七八九十]+)*)项`)
	upheld    = regexp.MustCompile(`驳回(?:[^，,；;。\n]*?)上\s*诉[^，,；;。\n]*?[，,；;]?\s*(?:维持原判|维持原裁定|维持[^，,；;。\n]*?(?:判决|裁定)\s*[。；;，,\n]?)?`)
	withdrawn = regexp.MustCompile(`(?:准许|准予|同意)[^。；;\n]*?撤回(?:上诉|再审申请)|按[^。；;\n]*?(?:自动)?撤回上诉处理|按自动撤回`)
	remitted  = regexp.MustCompile(`发回[^。；;\n]*?(?:重审|重新审理)`)
	altered   = regexp.MustCompile(`撤销|变更|改判`)
)

// ruling reads the ruling in the end.
func (t *text) ruling() ruling {
	r := ruling{items: items(t.decided), at: span{t.decided.start, t.decided.end()}, t: t}
	if !t.appeal {
		return r
	}
	s := t.decided.text
	below := items(t.quoted)
	switch {
	case withdrawn.MatchString(s):
		r.disposition, r.items = "withdrawn", below
	case remitted.MatchString(s):
		r.disposition, r.items = "remitted", nil
	case altered.MatchString(s):
		r.disposition = "changed"
		r.items = append(left(below, r.items), r.items...)
	case upheld.MatchString(s):
		r.disposition, r.items = "upheld", below
	}
	return r
}

// items takes a ruling apart.
func items(p part) []item {
	if strings.TrimSpace(p.text) == "" {
		return nil
	}
	all := numbered.FindAllStringSubmatchIndex(p.text, -1)
	if len(all) == 0 {
		return []item{classify(item{part: p, no: 1})}
	}
	var out []item
	for i, m := range all {
		end := len(p.text)
		if i+1 < len(all) {
			end = all[i+1][2]
		}
		out = append(out, classify(item{part: p.cut(m[1], end), no: cardinal(p.text[m[2]:m[3]])}))
	}
	return out
}

// classify says what an item does. A changed item (变更…第一项为：…) is what it
// says after 为.
func classify(it item) item {
	s := it.text
	if i := strings.Index(s, "变更"); i >= 0 {
		if _, after, ok := strings.Cut(s[i:], "为"); ok {
			s = strings.TrimLeft(after, "：:“\" ")
		}
	}
	head := strings.TrimSpace(s)
	switch {
	case strings.HasPrefix(head, "驳回"):
		it.kind = itemDismiss
		return it
	case strings.HasPrefix(head, "撤销"), strings.HasPrefix(head, "维持"), strings.HasPrefix(head, "准许"),
		relieved.MatchString(s), !verb.MatchString(s):
		return it
	}
	it.kind = itemDuty
	if at := duty.FindStringIndex(s); at != nil {
		it.who = s[:at[0]]
	}
	it.sums = sums(s)
	if strings.Contains(s, "连带") || strings.Contains(s, "上述") || strings.Contains(s, "补充") {
		it.refer = references(s)
		if len(it.sums) == 0 && len(it.refer) == 0 && strings.Contains(s, "上述") {
			it.refer = []int{-1}
		}
	}
	return it
}

// sums are the amounts of an item: its stated total, else all of them, without
// those that interest is computed from.
func sums(s string) []string {
	s = base.ReplaceAllString(s, "")
	if at := total.FindStringIndex(s); at != nil {
		if all := norm.Amounts(s[at[1]:]); len(all) > 0 {
			return []string{all[0].Value}
		}
	}
	var out []string
	for _, a := range norm.Amounts(s) {
		out = append(out, a.Value)
	}
	return out
}

// left returns the items of the ruling below that an appeal leaves standing:
// all but those it revokes or changes, none where it revokes the whole.
func left(below, now []item) []item {
	gone := map[int]bool{}
	for _, it := range now {
		at := altered.FindStringIndex(it.text)
		if at == nil {
			continue
		}
		refs := references(it.text[at[0]:])
		if len(refs) == 0 {
			return nil
		}
		for _, n := range refs {
			gone[n] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(below), func(it item) bool { return gone[it.no] })
}

func references(s string) []int {
	var out []int
	for _, m := range reference.FindAllStringSubmatch(s, -1) {
		for n := range strings.SplitSeq(m[1], "、") {
			out = append(out, cardinal(strings.TrimPrefix(n, "第")))
		}
	}
	return out
}

func cardinal(s string) int {
	n, err := norm.Cardinal(s)
	if err != nil || !n.IsInt() || !n.Num().IsInt64() {
		return 0
	}
	return int(n.Num().Int64())
}

// owes reports whether any item makes the party do something.
func (r ruling) owes(p party) bool {
	return slices.ContainsFunc(r.items, func(it item) bool { return r.debtor(it, p) })
}

// debtor reports whether an item is a duty of the party: it is named before
// the duty, in full, by its short name, or as the only party of its side.
func (r ruling) debtor(it item, p party) bool {
	if it.kind != itemDuty {
		return false
	}
	for _, q := range r.t.parties {
		if q.named(it.who) {
			return p.named(it.who)
		}
	}
	switch {
	case strings.Contains(it.who, "被告") || strings.Contains(it.who, "被申请人"):
		return p.side == sideDefendant
	case strings.Contains(it.who, "原告"):
		return p.side == sidePlaintiff
	}
	return false
}
