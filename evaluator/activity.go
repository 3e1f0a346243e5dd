package evaluator

import (
	"math/big"
	"slices"

	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// reviews is 4.1: the share of good reviews, smoothed by k reviews of the
// prior share and mapped from lo..hi to 0..points. Suspect ones are left out
// on both sides.
func reviews(c *calc, in standard.Indicator) verdict {
	good, n := new(big.Rat), new(big.Rat)
	one := big.NewRat(1, 1)
	for _, f := range c.of("review") {
		stars, rated := standard.Decimal(f.Fields["stars"])
		switch {
		case !in.Within(c.age(f.Date)) || f.Fields["suspect"] == "true":
		case f.Fields["count"] != "":
			n.Add(n, amount(f.Fields["count"]))
			good.Add(good, least(amount(f.Fields["positive"]), amount(f.Fields["count"])))
		case rated:
			n.Add(n, one)
			if stars.Cmp(c.tables.Readings.PositiveStars.Rat()) >= 0 {
				good.Add(good, one)
			}
		}
	}
	k, prior := in.Rule.Points("k"), in.Rule.Points("prior")
	note := "好评 (good) " + good.RatString() + " / " + n.RatString()
	p := good.Add(good, prior.Mul(prior, k))
	p.Quo(p, n.Add(n, k))
	lo := in.Rule.Points("lo")
	span := new(big.Rat).Sub(in.Rule.Points("hi"), lo)
	share := least(floor(p.Sub(p, lo).Quo(p, span)), one)
	got := new(big.Rat).Mul(in.Rule.Points("points"), share)
	v := mapped(in, got, nil, "4.1 bayes_linear", false)
	v.note = note
	return v
}

// complaints is 4.2: how many there are for the orders, and how many of them
// were settled. One without facts about orders is measured by cap_abs.
func complaints(c *calc, in standard.Indicator) verdict {
	n, done := 0, 0
	var v verdict
	for _, f := range c.facts["complaint"] {
		settled := f.state == evidence.Repaired
		if f.state != evidence.InForce && !settled || !in.Within(c.age(f.Date)) {
			continue
		}
		n++
		if settled || f.Fields["resolved"] == "true" {
			done++
		}
		v.basis = append(v.basis, f.ID)
	}
	bound := in.Rule.Points("cap_abs")
	if orders, known := c.orders(); known {
		per := in.Rule.Bounds("cap_per_")[0]
		bound = orders.Mul(orders, per.Points.Rat())
		bound.Quo(bound, per.At[0])
		if least := c.tables.Readings.ComplaintCapMin.Rat(); bound.Cmp(least) < 0 {
			bound = least
		}
	}
	one := big.NewRat(1, 1)
	share := least(new(big.Rat).Quo(big.NewRat(int64(n), 1), bound), one)
	volume := new(big.Rat).Mul(in.Rule.Points("points_volume"), share)
	unsettled := new(big.Rat)
	if n > 0 {
		unsettled.Mul(in.Rule.Points("points_resolve"), big.NewRat(int64(n-done), int64(n)))
	}
	v.losses = weighty([]loss{
		{rule: "4.2 points_volume", points: volume, note: "投诉数 (complaints) " + big.NewRat(int64(n), 1).RatString() + " / " + bound.FloatString(2)},
		{rule: "4.2 points_resolve", points: unsettled, note: "办结 (settled) " + big.NewRat(int64(done), 1).RatString()},
	})
	v.got = deducted(in, v.losses).got
	return v
}

// orders sums the orders of all shops; not known when no shop states any.
func (c *calc) orders() (*big.Rat, bool) {
	sum, known := new(big.Rat), false
	for _, f := range c.of("shop") {
		if f.Fields["orders"] != "" {
			sum.Add(sum, amount(f.Fields["orders"]))
			known = true
		}
	}
	return sum, known
}

// security is 4.3: a valid certificate and a privacy policy on some site and
// missing on none, and no finding of malware or phishing in force.
func security(c *calc, in standard.Indicator) verdict {
	v := verdict{got: new(big.Rat)}
	for _, key := range []string{"https_valid", "privacy_policy"} {
		yes, no := c.saying(key, "true"), c.saying(key, "false")
		points := in.Rule.Points(key)
		if yes != nil && no == nil {
			v.got.Add(v.got, points)
			v.basis = append(v.basis, yes.ID)
			continue
		}
		v.losses = append(v.losses, loss{fact: no, rule: "4.3 " + key, points: points})
	}
	points := in.Rule.Points("no_malware_or_phish")
	for _, f := range c.of("security_finding") {
		if k := f.Fields["kind"]; k == "malware" || k == "phish" {
			v.losses = append(v.losses, loss{fact: f, rule: "4.3 no_malware_or_phish", points: points, adverse: true, note: k})
			return v
		}
	}
	v.got.Add(v.got, points)
	return v
}

// saying returns the first site probe that has the field at the value.
func (c *calc) saying(field, value string) *fact {
	for _, f := range c.of("site_probe") {
		if f.Fields[field] == value {
			return f
		}
	}
	return nil
}

// liveliness is 4.4: the latest measured availability of each host, all
// together, and whether content and goods are fresh anywhere.
func liveliness(c *calc, in standard.Indicator) verdict {
	v := verdict{got: new(big.Rat)}
	latest := map[string]*fact{}
	for _, f := range c.of("availability") {
		latest[f.Fields["host"]] = f // by date: the last one stays
	}
	checks, successes := new(big.Rat), new(big.Rat)
	for _, f := range latest {
		checks.Add(checks, amount(f.Fields["checks"]))
		successes.Add(successes, amount(f.Fields["successes"]))
	}
	earn := func(b standard.Bound, earned bool, by *fact) {
		switch {
		case !earned:
			v.losses = append(v.losses, loss{rule: "4.4 " + b.Key, points: b.Points.Rat()})
			return
		case by != nil:
			v.basis = append(v.basis, by.ID)
		}
		v.got.Add(v.got, b.Points.Rat())
	}
	for _, b := range in.Rule.Bounds("availability>=") {
		earn(b, checks.Sign() > 0 && new(big.Rat).Quo(successes, checks).Cmp(b.At[0]) >= 0, nil)
	}
	for _, b := range in.Rule.Bounds("content_update_") {
		f := c.fresh("latest_content", b.At[0])
		earn(b, f != nil, f)
	}
	for _, b := range in.Rule.Bounds("goods_update_") {
		f := c.fresh("latest_goods", b.At[0])
		earn(b, f != nil, f)
	}
	return v
}

// fresh returns a site or shop whose date in the field is at most so many
// days old.
func (c *calc) fresh(field string, days *big.Rat) *fact {
	for _, f := range append(c.of("site_probe"), c.of("shop")...) {
		d := evidence.Date(f.Fields[field])
		if d != "" && d <= c.asOf && big.NewRat(int64(d.Days(c.asOf)), 1).Cmp(days) <= 0 {
			return f
		}
	}
	return nil
}

// opinion is 4.5.
func opinion(c *calc, in standard.Indicator) verdict {
	var losses []loss
	for _, key := range []string{"minor", "major"} {
		losses = append(losses, c.events(in, "news", key, func(f *fact) bool { return f.Fields["severity"] == key })...)
	}
	return deducted(in, losses)
}

// conduct is 4.6: signals on sites and shops once each, and confirmed fake
// reviews, unless the same decision counts in 2.1, see once.go.
func conduct(c *calc, in standard.Indicator) verdict {
	var losses []loss
	pages := append(c.of("site_probe"), c.of("shop")...)
	once := func(key string, says func(*fact) bool) {
		if i := slices.IndexFunc(pages, says); i >= 0 {
			losses = append(losses, loss{fact: pages[i], rule: "4.6 " + key, points: in.Rule.Points(key), adverse: true})
		}
	}
	once("missing_return_policy", func(f *fact) bool { return f.Fields["return_policy"] == "false" })
	once("absolute_terms", func(f *fact) bool { return amount(f.Fields["absolute_terms"]).Sign() > 0 })
	for _, f := range c.of("fake_review") {
		losses = append(losses, loss{fact: f, rule: "4.6 fake_review_confirmed", points: in.Rule.Points("fake_review_confirmed"), adverse: true})
	}
	return deducted(in, losses)
}
