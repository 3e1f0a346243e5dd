package judgment

import (
	"regexp"
	"slices"
	"strings"

	"probity/extractors/norm"
	"probity/pipeline/evidence"
)

// Sides of a dispute, as they stood at first instance.
type side int

const (
	sideUnknown side = iota
	sidePlaintiff
	sideDefendant
	sideThird
)

// A party as the judgment names it.
type party struct {
	role      string // 上诉人（原审被告）
	side      side
	appellant bool
	name      string
	at        span // of the name
	aliases   []string
	kind      string // company, individual, natural, or empty
	ids       []evidence.Identifier
	unchecked []string
}

const roles = `(?:反诉)?(?:原审|一审|二审|再审)?(?:再审申请人|申请再审人|被申请人|申请人|被上诉人|上诉人|原告|被告|第三人)`

var (
	partyLine = regexp.MustCompile(`(?:^|[\n。；])[ \t　]*(` + roles + `(?:\s*[（(][^）)\n]{1,40}[）)])?[一二三四五六七八九十\d]{0,2})(?:\s*[：:]\s*|[ 　]+)?([^\s：:，,。；;、（(\n与][^\n]*)`)
	nameEnds  = regexp.MustCompile(`[，,。；;、]|[（(](?:以下|下称|曾用名|原名|统一|组织机构|注册号|住所)`)
	alias     = regexp.MustCompile(`(?:以下简称|以下称|下称|简称)[:：]?\s*[“"「]?([^）)”"」，,。\n]{2,20})`)
	coded     = regexp.MustCompile(`(?:统一社会信用代码|社会信用代码|组织机构代码|工商注册号|营业执照注册号|注册号)(?:证)?(?:号码?|为)?\s*[：:]?\s*([0-9A-Za-z０-９Ａ-Ｚａ-ｚ*×\- ]{8,24})`)
	bareUSCC  = regexp.MustCompile(`[1-9AY][0-9][0-9]{6}[0-9A-Z]{10}`)
	beside    = regexp.MustCompile(`(?:法定代表人|主要负责人|负责人|经营者|投资人|执行事务合伙人|委派代表|委托诉讼代理人|委托代理人|诉讼代理人|诉讼代表人|法定代理人)(?:[（(][^）)\n]*[）)])?\s*[：:]\s*([^，,。；;\n（(]+)`)
	owner     = regexp.MustCompile(`经营者\s*[：:]|个体工商户`)
)

// firstParty is the byte at which the first party's line begins, or -1.
func firstParty(p part) int {
	m := partyLine.FindStringSubmatchIndex(p.text)
	if m == nil {
		return -1
	}
	return m[2]
}

// readParties reads the lines between head and 诉讼记录, which is the first line
// that says 一案.
func (t *text) readParties() {
	rest := t.body.cut(len(t.head.text), len(t.body.text))
	for _, line := range rest.lines() {
		if strings.Contains(line.text, "一案") || strings.Contains(line.text, "本院于") {
			t.story = line
			rest = part{rest.text[:strings.Index(rest.text, line.text)], rest.start}
			break
		}
	}
	if at := strings.Index(rest.text, "判决如下"); at >= 0 {
		rest = rest.cut(0, at)
	}
	all := partyLine.FindAllStringSubmatchIndex(rest.text, -1)
	for i, m := range all {
		end := len(rest.text)
		if i+1 < len(all) {
			end = all[i+1][2]
		}
		t.addParty(squeeze(rest.text[m[2]:m[3]]), rest.cut(m[4], m[5]), rest.cut(m[4], end))
	}
	for _, m := range beside.FindAllStringSubmatch(rest.text, -1) {
		for name := range strings.FieldsFuncSeq(m[1], func(r rune) bool { return r == '、' || r == ' ' }) {
			if !norm.IsOrganisation(name) && len([]rune(name)) <= 20 {
				t.persons = append(t.persons, name)
			}
		}
	}
}

// addParty reads one party: its name on the line, what else is said of it in
// the lines up to the next party.
func (t *text) addParty(role string, line, all part) {
	end := len(line.text)
	if at := nameEnds.FindStringIndex(line.text); at != nil {
		end = at[0]
	}
	raw := line.text[:end]
	name := strings.TrimSpace(raw)
	if name == "" || len(t.parties) >= 200 {
		return
	}
	from := strings.Index(raw, name)
	p := party{role: role, name: norm.Text(name), at: line.span(from, from+len(name))}
	p.side, p.appellant = sideOf(role), strings.HasPrefix(role, "上诉人") || strings.HasPrefix(role, "再审申请人")
	for _, m := range alias.FindAllStringSubmatch(all.text, -1) {
		p.aliases = append(p.aliases, strings.TrimSpace(m[1]))
	}
	p.identify(all.text)
	p.kind = kindOf(p, all.text)
	if rest := line.cut(end, len(line.text)); p.kind == "natural" && strings.Trim(rest.text, "。，；, \t") != "" {
		t.hidden = append(t.hidden, t.in.Page.Place(rest.start, rest.end())) // sex, birth, home (法释〔2016〕19号 art. 10)
	}
	t.parties = append(t.parties, p)
}

// sideOf maps a role to the side at first instance: in an appeal that is what
// the brackets say (上诉人（原审被告）).
func sideOf(role string) side {
	if _, inner, ok := strings.Cut(strings.ReplaceAll(role, "（", "("), "("); ok {
		role = inner
	}
	role = strings.ReplaceAll(role, "反诉", "")
	first := func(word string) int {
		if i := strings.Index(role, word); i >= 0 {
			return i
		}
		return len(role) + 1
	}
	d, p := first("被告"), first("原告")
	switch {
	case strings.Contains(role, "第三人"):
		return sideThird
	case d < p:
		return sideDefendant
	case p < d:
		return sidePlaintiff
	}
	return sideUnknown
}

// identify takes identifiers that the text gives for the party. A bare code
// counts only where no resident identity number can be meant: those begin
// with 1 to 8.
func (p *party) identify(said string) {
	for _, m := range coded.FindAllStringSubmatch(said, -1) {
		code := strings.TrimSpace(m[1])
		if id, ok := evidence.Recognise(code); ok {
			p.ids = append(p.ids, id)
		} else {
			p.unchecked = append(p.unchecked, code)
		}
	}
	for _, code := range bareUSCC.FindAllString(norm.Narrow(said), -1) {
		if id, ok := evidence.Recognise(code); ok && code[0] > '8' {
			p.ids = append(p.ids, id)
		}
	}
	slices.SortFunc(p.ids, func(a, b evidence.Identifier) int {
		if a.Scheme != b.Scheme {
			return a.Scheme.Rank() - b.Scheme.Rank()
		}
		return strings.Compare(a.Value, b.Value)
	})
	p.ids = slices.Compact(p.ids)
	slices.Sort(p.unchecked)
	p.unchecked = slices.Compact(p.unchecked)
}

func kindOf(p party, said string) string {
	line, _, _ := strings.Cut(said, "\n")
	switch {
	case strings.Contains(p.name, "公司") || containsAny(p.name, "合伙", "合作社", "企业", "集团"):
		return "company"
	case owner.MatchString(said) && (norm.IsOrganisation(p.name) || strings.Contains(line, "个体工商户") || len(p.ids) > 0):
		return "individual"
	case norm.IsOrganisation(p.name) || len(p.ids) > 0:
		return ""
	}
	return "natural"
}

func (p party) organisation() bool { return p.kind != "natural" && !authority(p.name) }

// authority tells parties of administrative cases who are no operators.
func authority(name string) bool {
	for _, end := range []string{"局", "政府", "委员会", "街道办事处", "海关", "税务局", "法院", "检察院"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// masked names (深圳市某某公司, ××公司) name nobody.
func (p party) masked() bool {
	return containsAny(p.name, "某", "×", "*", "＊", "XX", "xx", "ＸＸ")
}

func (p party) party(role string) evidence.Party {
	return evidence.Party{Role: role, Kind: p.kind, Name: p.name, Identifiers: p.ids, Unchecked: p.unchecked}
}

// partiesFor lists the parties with party i as the subject, first.
func (t *text) partiesFor(i int) []evidence.Party {
	out := []evidence.Party{t.parties[i].party(evidence.RoleSubject)}
	for j, p := range t.parties {
		if j != i {
			out = append(out, p.party(evidence.RoleOther))
		}
	}
	return out
}

// named reports whether s names the party, in full or by its short name.
func (p party) named(s string) bool {
	return strings.Contains(s, p.name) || slices.ContainsFunc(p.aliases, func(a string) bool { return strings.Contains(s, a) })
}
