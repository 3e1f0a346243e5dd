package world

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A maker fills a world. Everything it draws comes from one seeded source, in
// a fixed order.
type maker struct {
	w      *World
	rng    *rand.Rand
	used   map[string]bool // brands, codes, hosts
	serial map[string]int  // last number of each kind of document
}

// A profile is what an operator is made from; what is left empty is drawn.
type profile struct {
	kase        string // the situation it is cast for
	kind        string // company where empty
	area        string
	trade       int // index into trades, from 1; 0: one that needs no licence
	status      string
	statusDate  Date
	established Date
	oldCode     bool // has a registration number only
	site, shop  bool
	unregister  bool // no register page
	noReport    bool // no annual report of 2025
	platform    string
	parent      *actor
}

// An actor is an operator in the making.
type actor struct {
	m     *maker
	op    int
	reg   Registration
	trade trade
}

// operator adds an operator with its register page, annual report, site and
// shop, all of them in order; its situation is what is done to it afterwards.
func (m *maker) operator(p profile) *actor {
	if p.kind == "" {
		p.kind = "company"
	}
	if p.area == "" {
		p.area = pick(m.rng, shenzhen())
	}
	all := trades()
	t := all[m.rng.IntN(plainTrades)]
	if p.trade > 0 {
		t = all[p.trade-1]
	}
	if p.established == "" {
		p.established = Date("2013-01-01").plusDays(m.rng.IntN(3000))
	}
	if p.status == "" {
		p.status = "存续"
	}
	a := &actor{m: m, op: len(m.w.Operators), trade: t}
	o := Operator{ID: fmt.Sprintf("op-%03d", a.op+1), Case: p.kase, Kind: p.kind}
	m.codes(&o, p)
	name := operatorName(p.kind, p.area, m.brand(), t.word)
	if p.parent != nil {
		name = p.parent.reg.Name + districtNames()[p.area] + "分公司"
	}
	o.Names = []DatedName{{Name: name, From: p.established}}
	m.w.Operators = append(m.w.Operators, o)
	a.reg = Registration{
		Op: a.op, Name: name, USCC: o.USCC, Kind: p.kind, Status: p.status, StatusDate: p.statusDate, Address: m.address(p.area), Area: p.area,
		Established: p.established, NameSince: p.established, Scope: t.scope, LegalRep: person(m.rng), Registrar: registrar(p.area),
	}
	if o.USCC == "" || m.rng.IntN(2) == 0 {
		a.reg.RegNo = o.RegNo
	}
	if p.kind != "individual" && p.kind != "branch" && p.kind != "sole" {
		a.reg.Capital = Yuan(int64(pick(m.rng, []int{100_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000})))
	}
	if p.parent != nil {
		a.reg.Parent, a.reg.ParentUSCC = p.parent.reg.Name, p.parent.reg.USCC
	}
	if !p.unregister {
		m.w.registrations = append(m.w.registrations, Doc[Registration]{Shows: always(Register), Versions: []Version[Registration]{{0, a.reg}}})
		if !p.noReport && p.established < "2026-01-01" {
			a.report(2025, Date("2026-02-01").plusDays(m.rng.IntN(140)))
		}
	}
	if p.site {
		a.site()
	}
	if p.shop {
		a.shop(p.platform)
	}
	return a
}

func registrar(area string) string {
	if d, ok := districtNames()[area]; ok {
		return "深圳市市场监督管理局" + strings.TrimSuffix(d, "区") + "监管局"
	}
	return "当地市场监督管理局"
}

// codes gives an operator its codes, each only once in the world.
func (m *maker) codes(o *Operator, p profile) {
	if p.kind == "natural" {
		return
	}
	for {
		o.OrgCode = organisationCode("MA5" + m.code(5))
		sequence := pick(m.rng, words("0 1 2 3"))
		category := "91"
		switch p.kind {
		case "individual":
			category, sequence = "92", pick(m.rng, words("6 7 8"))
		case "cooperative":
			category = "93"
		}
		o.RegNo = registrationNumber(p.area + sequence + fmt.Sprintf("%07d", m.rng.IntN(10_000_000)))
		o.USCC = creditCode(category, p.area, o.OrgCode)
		if !m.used[o.OrgCode] && !m.used[o.RegNo] {
			m.used[o.OrgCode], m.used[o.RegNo] = true, true
			break
		}
	}
	if p.oldCode {
		o.USCC, o.OrgCode = "", ""
	}
}

// code draws characters of a code.
func (m *maker) code(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(creditAlphabet[m.rng.IntN(len(creditAlphabet))])
	}
	return b.String()
}

// next is a running number of a kind of document.
func (m *maker) next(kind string) int {
	m.serial[kind] += 1 + m.rng.IntN(7)
	return m.serial[kind]
}

// id is the name of a document in URLs.
func (m *maker) id(kind string) string {
	m.serial["id "+kind]++
	return fmt.Sprintf("%s-%04d", kind, m.serial["id "+kind])
}

func always(channels ...string) []Show { return since(0, channels...) }

func since(day int, channels ...string) []Show { return during([]Span{{day, Forever}}, channels...) }

func during(spans []Span, channels ...string) []Show {
	var out []Show
	for _, c := range channels {
		out = append(out, Show{Channel: c, Spans: spans})
	}
	return out
}

// from shows a document on channels from its date on.
func from(date Date, channels ...string) []Show {
	return since(max(0, dayZero.daysTo(date)), channels...)
}

func one[T any](shows []Show, value T) Doc[T] {
	return Doc[T]{Shows: shows, Versions: []Version[T]{{0, value}}}
}

// nameOn is the name that the operator bore on a day.
func (a *actor) nameOn(date Date) string {
	names := a.m.w.Operators[a.op].Names
	for _, n := range names {
		if n.From <= date && (n.To == "" || date <= n.To) {
			return n.Name
		}
	}
	return names[len(names)-1].Name
}

// party is the operator as a document of a day names it, with its strongest
// code only.
func (a *actor) party(date Date) Party {
	o := a.m.w.Operators[a.op]
	p := Party{Op: a.op, Name: a.nameOn(date), USCC: o.USCC, LegalRep: a.reg.LegalRep, Kind: o.Kind}
	if p.USCC == "" {
		p.RegNo = o.RegNo
	}
	return p
}

// bare is the operator named without any code.
func (a *actor) bare(date Date) Party {
	p := a.party(date)
	p.USCC, p.RegNo, p.OrgCode = "", "", ""
	return p
}

// registered changes the register page from a day on.
func (a *actor) registered(day int, change func(*Registration)) {
	docs := a.m.w.registrations
	for i := range docs {
		if docs[i].Versions[0].Value.Op != a.op {
			continue
		}
		last := &docs[i].Versions[len(docs[i].Versions)-1]
		if last.From == day {
			change(&last.Value)
			a.reg = last.Value
			return
		}
		next := last.Value
		change(&next)
		docs[i].Versions = append(docs[i].Versions, Version[Registration]{day, next})
		if day == 0 {
			a.reg = next
		}
	}
}

// report adds an annual report.
func (a *actor) report(year int, published Date) {
	r := AnnualReport{ID: a.m.id("report"), Party: a.party(published), Year: year, Published: published}
	a.m.w.reports = append(a.m.w.reports, one(from(published, AnnualReports), r))
}

// renamed gives the operator a new name from a date on; before day 0 the
// register has it from the start, else from that day.
func (a *actor) renamed(name string, on Date) {
	o := &a.m.w.Operators[a.op]
	last := &o.Names[len(o.Names)-1]
	last.To = on.plusDays(-1)
	former := *last
	o.Names = append(o.Names, DatedName{Name: name, From: on})
	a.registered(max(0, dayZero.daysTo(on)), func(r *Registration) {
		r.Name, r.NameSince = name, on
		r.Former = append(append([]DatedName{}, r.Former...), former)
	})
}
