package world

import "math/big"

// got is what a covered indicator earns: full marks less deductions, never
// below nothing.
func (g grading) got(in indicator) *big.Rat {
	switch in.id {
	case "1.2":
		return g.consistency()
	case "1.3":
		return g.display()
	case "1.4":
		return g.permits()
	case "1.5":
		return g.filings()
	case "1.6":
		return g.continuity()
	case "4.1":
		return g.opinion()
	case "4.2":
		return g.complaints()
	case "4.3":
		return g.security()
	case "4.4":
		return g.activity()
	case "1.1":
		if len(g.of("registration")) == 0 {
			return new(big.Rat)
		}
	}
	return floor0(new(big.Rat).Sub(in.full, g.cost(in.id)))
}

// adverse is what is deducted of an indicator without a look, at most its full
// mark.
func (g grading) adverse(in indicator) *big.Rat { return least(g.cost(in.id), in.full) }

// cost is what the adverse facts of an indicator cost, before any floor.
func (g grading) cost(id string) *big.Rat {
	cost := map[string]func() *big.Rat{
		"1.1": g.statusCost, "2.1": g.penaltyCost, "2.2": g.coercionCost, "2.3": g.abnormalCost, "2.4": g.taxCost,
		"2.5": func() *big.Rat { return g.stageCost("fund_arrears", rat(1, 1), rat(2, 1)) },
		"2.6": func() *big.Rat { return g.stageCost("insurance_arrears", rat(3, 2), rat(3, 1)) },
		"2.7": g.labourCost, "2.8": g.samplingCost,
		"3.1": g.commercialCost, "3.2": g.intellectualCost, "3.3": g.enforcementCost, "3.4": g.debtorCost, "3.5": g.disputeCost,
		"4.3": g.findingCost, "4.5": g.newsCost, "4.6": g.conductCost,
	}[id]
	if cost == nil {
		return new(big.Rat)
	}
	return cost()
}

func times(n int, each *big.Rat) *big.Rat { return new(big.Rat).Mul(rat(int64(n), 1), each) }

// age of a fact in completed months.
func (g grading) age(f Fact) int { return f.Date.monthsTo(g.asOf) }

// status is the registered status, empty where no register says.
func (g grading) status() string {
	for _, f := range g.of("registration") {
		return f.Fields["status"]
	}
	return ""
}

func (g grading) statusCost() *big.Rat {
	switch g.status() {
	case "迁出", "歇业":
		return rat(2, 1)
	case "清算":
		return rat(4, 1)
	case "吊销", "注销", "撤销":
		return rat(5, 1)
	}
	return new(big.Rat)
}

func (g grading) consistency() *big.Rat {
	registered, probes := g.of("registration"), g.ownProbes()
	if len(registered) == 0 || len(probes) == 0 {
		return new(big.Rat)
	}
	worst := 3
	for _, p := range probes {
		matched := 0
		for shown, want := range map[string]string{"shown_name": g.who.Name, "shown_uscc": g.who.USCC, "shown_address": registered[0].Fields["address"]} {
			if v := p.Fields[shown]; v != "" && folded(v) == folded(want) {
				matched++
			}
		}
		worst = min(worst, matched)
	}
	return rat(int64(worst), 1)
}

// ownProbes are the probes of the operator's own sites: those that say what
// name, code and address are shown, or whether there is a privacy policy.
func (g grading) ownProbes() []Fact {
	var out []Fact
	for _, f := range g.of("site_probe") {
		if f.Fields["privacy_policy"] != "" {
			out = append(out, f)
		}
	}
	return out
}

func (g grading) display() *big.Rat {
	shown := append(g.of("site_probe"), g.of("shop")...)
	has := func(v string) bool { return anyField(shown, "licence_display", v) }
	switch {
	case has("none"):
		return new(big.Rat)
	case has("partial"):
		return rat(2, 1)
	case has("full"), has("exempt_declared"):
		return rat(4, 1)
	}
	return new(big.Rat)
}

func (g grading) permits() *big.Rat {
	required := map[string]bool{}
	for _, f := range g.of("registration") {
		for _, name := range requiredLicences(f.Fields["business_scope"]) {
			required[name] = false
		}
	}
	held := 0
	for _, f := range g.of("licence") {
		done, ok := required[f.Fields["name"]]
		if ok && !done && f.Fields["status"] == "有效" && f.Date <= g.asOf && g.asOf <= Date(f.Fields["valid_to"]) {
			required[f.Fields["name"]] = true
			held++
		}
	}
	if len(required) == 0 {
		return rat(4, 1)
	}
	return rat(int64(4*held), int64(len(required)))
}

func (g grading) filings() *big.Rat {
	worst := rat(2, 1)
	probes := g.ownProbes()
	if len(probes) == 0 {
		return new(big.Rat)
	}
	registered := func(typ, number string) bool {
		for _, f := range g.of(typ) {
			if number != "" && folded(f.Fields["number"]) == folded(number) {
				return true
			}
		}
		return false
	}
	for _, p := range probes {
		icp, police := p.Fields["icp_number"], p.Fields["police_number"]
		points := rat(1, 2)
		switch {
		case registered("icp", icp) && registered("police_filing", police):
			points = rat(2, 1)
		case registered("icp", icp):
			points = rat(3, 2)
		case icp == "" && police == "":
			points = new(big.Rat)
		}
		worst = least(worst, points)
	}
	return worst
}

func (g grading) continuity() *big.Rat {
	registered := g.of("registration")
	if len(registered) == 0 {
		return new(big.Rat)
	}
	points := new(big.Rat)
	since := Date(registered[0].Fields["established"])
	year, _, _ := g.asOf.civil()
	due := year - 1 // due on 30 June of this year
	if g.asOf <= dateOf(year, 6, 30) {
		due--
	}
	born, _, _ := since.civil()
	onTime := born > due
	for _, f := range g.of("annual_report") {
		if f.Fields["year"] == itoa(due) && f.Date <= dateOf(due+1, 6, 30) {
			onTime = true
		}
	}
	if onTime {
		points.Add(points, rat(1, 1))
	}
	switch months := since.monthsTo(g.asOf); {
	case since == "":
	case months >= 36:
		points.Add(points, rat(1, 1))
	case months >= 12:
		points.Add(points, rat(1, 2))
	}
	return points
}
