package world

import (
	"fmt"
)

// host invents a host name that is nobody's.
func (m *maker) host() string {
	for {
		h := pick(m.rng, words("he mu yan cen tang di lan xiu ling yao kui ruo ting ming lu shuo hong ji luo chun heng yun xiao jing")) +
			pick(m.rng, words("yu chuan mo zhou ye sheng lu duo du qiao gu xi wu shan fan wei sui pu zhan qiu")) + itoa(10+m.rng.IntN(90)) + ".example"
		if !m.used[h] {
			m.used[h] = true
			return h
		}
	}
}

// site gives the operator a site of its own on which all is well, with its
// filings and its page at the monitoring centre.
func (a *actor) site() {
	m := a.m
	s := Site{ID: m.id("site"), Op: a.op, Host: m.host()}
	index := len(m.w.Sites)
	year := 2016 + m.rng.IntN(10)
	icp := fmt.Sprintf("粤ICP备%d%06d号-%d", year, m.rng.IntN(900_000)+100_000, 1+m.rng.IntN(3))
	area := a.reg.Area
	police := fmt.Sprintf("粤公网安备%s02%06d号", area, m.rng.IntN(900_000)+1000)
	s.State = []Version[SiteState]{{0, SiteState{
		Licence: "full", Name: a.reg.Name, USCC: or(a.reg.USCC, a.reg.RegNo), Address: a.reg.Address, ICP: icp, Police: police,
		Privacy: true, ReturnPolicy: true, LatestContent: dayZero.plusDays(-1 - m.rng.IntN(12)), LatestGoods: dayZero.plusDays(-1 - m.rng.IntN(12)),
	}}}
	m.w.Sites = append(m.w.Sites, s)
	o := &m.w.Operators[a.op]
	o.Sites = append(o.Sites, index)
	approved := Date(itoa(year) + "-03-01").plusDays(m.rng.IntN(200))
	a.filing(ICP, icp, s.Host, approved)
	a.filing(Police, police, s.Host, approved.plusDays(20))
	a.monitor(index, 990+m.rng.IntN(11), true)
}

func (a *actor) filing(channel, number, domain string, approved Date) {
	f := Filing{ID: a.m.id(channel), Party: a.party(dayZero), Number: number, Domain: domain, Approved: approved}
	a.m.w.filings = append(a.m.w.filings, one(always(channel), f))
}

// monitor sets the monitoring centre's page about a site: how many of 1,000
// checks it answered.
func (a *actor) monitor(site, successes int, https bool) {
	v := Availability{
		ID: a.m.id("monitor"), Party: a.party(dayZero), Site: site, Host: a.m.w.Sites[site].Host, Date: "2026-10-31",
		Checks: 1000, Successes: successes, HTTPSValid: https,
	}
	for i := range a.m.w.monitored {
		if d := &a.m.w.monitored[i].Versions[0]; d.Value.Site == site {
			v.ID = d.Value.ID
			d.Value = v
			return
		}
	}
	a.m.w.monitored = append(a.m.w.monitored, one(always(MonitorTLS, MonitorUptime), v))
}

// siteFrom changes the operator's last site from a day on.
func (a *actor) siteFrom(day int, change func(*SiteState)) *actor {
	sites := a.m.w.Operators[a.op].Sites
	a.m.w.Sites[sites[len(sites)-1]].State = revise(a.m.w.Sites[sites[len(sites)-1]].State, day, change)
	return a
}

// shopFrom changes the operator's last shop from a day on.
func (a *actor) shopFrom(day int, change func(*ShopState)) *actor {
	shops := a.m.w.Operators[a.op].Shops
	a.m.w.Shops[shops[len(shops)-1]].State = revise(a.m.w.Shops[shops[len(shops)-1]].State, day, change)
	return a
}

// revise adds a version, or changes the one of that day.
func revise[T any](versions []Version[T], day int, change func(*T)) []Version[T] {
	last := &versions[len(versions)-1]
	if last.From == day {
		change(&last.Value)
		return versions
	}
	next := last.Value
	change(&next)
	return append(versions, Version[T]{day, next})
}

// filingsGone takes back the filings of a channel.
func (a *actor) filingsGone(channel string) {
	kept := a.m.w.filings[:0]
	for _, d := range a.m.w.filings {
		if v := d.Versions[0].Value; v.Party.Op != a.op || d.Shows[0].Channel != channel {
			kept = append(kept, d)
		}
	}
	a.m.w.filings = kept
}

// shop opens a shop on a platform, in which all is well and the reviews are
// very good.
func (a *actor) shop(platform string) {
	m := a.m
	if platform == "" {
		platform = "haihe"
	}
	s := Shop{ID: itoa(10_000_000 + 37*m.next("shop")), Platform: platform}
	kind := "company"
	switch k := m.w.Operators[a.op].Kind; k {
	case "individual", "natural":
		kind = k
	}
	opened := max(a.reg.Established, "2019-01-01").plusDays(60 + m.rng.IntN(300))
	opened = min(opened, "2026-05-01")
	brand := a.shopName()
	state := ShopState{
		Op: a.op, Party: a.party(dayZero), Name: brand, Opened: opened, Since: opened, Verified: true, Licence: "full",
		Orders: 4000 + m.rng.IntN(9000), ReturnPolicy: true, LatestGoods: dayZero.plusDays(-1 - m.rng.IntN(12)), Kind: kind,
	}
	s.State = []Version[ShopState]{{0, state}}
	index := len(m.w.Shops)
	m.w.Shops = append(m.w.Shops, s)
	o := &m.w.Operators[a.op]
	o.Shops = append(o.Shops, index)
	if platform == "haihe" {
		a.sums(index, 40, 40)
	}
}

// shopName is how a shop calls itself.
func (a *actor) shopName() string {
	return a.m.brand() + a.trade.word + pick(a.m.rng, words("旗舰店 专营店 小铺 优选店"))
}

// lastShop is the operator's last shop.
func (a *actor) lastShop() int {
	shops := a.m.w.Operators[a.op].Shops
	return shops[len(shops)-1]
}

// sums gives a shop the monthly sums of May to September 2026, in place of
// those it has.
func (a *actor) sums(shop, count, positive int) {
	a.noReviews(shop)
	for month := 5; month <= 9; month++ {
		d := dateOf(2026, month, daysIn(2026, month))
		a.m.w.reviews = append(a.m.w.reviews, one(always(Reviews), Review{ID: string(d[:7]), Shop: shop, Date: d, Count: count, Positive: positive}))
	}
}

func (a *actor) noReviews(shop int) {
	kept := a.m.w.reviews[:0]
	for _, d := range a.m.w.reviews {
		if d.Versions[0].Value.Shop != shop {
			kept = append(kept, d)
		}
	}
	a.m.w.reviews = kept
}

// review adds one review.
func (a *actor) review(shop, stars int, date Date, suspect bool) {
	good := words("质量不错，物流也快，会再来。 和描述一致，客服耐心。 包装完好，家人很喜欢。 性价比高，推荐购买。")
	bad := words("和图片差别很大，申请退货拖了很久。 收到时已经破损，客服不理人。 味道一般，不会再买。 用了两天就坏了，失望。")
	text := pick(a.m.rng, bad)
	if stars >= 4 {
		text = pick(a.m.rng, good)
	}
	goods := pick(a.m.rng, a.trade.goods)
	a.m.w.reviews = append(a.m.w.reviews, one(from(date, Reviews), Review{
		ID: itoa(500_000 + a.m.next("review")), Shop: shop, Stars: stars, Date: date, Text: goods + "：" + text,
		Author: pick(a.m.rng, words("晴天 阿布 老街口 小满 一尾鱼 北边")) + itoa(10+a.m.rng.IntN(90)), Suspect: suspect,
	}))
}
