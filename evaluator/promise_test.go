package evaluator_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"probity/evaluator"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// The three promises of MODEL 4, over random inputs: looks held fixed, knowing
// more that is bad never raises a score, a coverage or a letter; a repair
// never lowers one; the same fact twice changes nothing.

// worlds draws inputs. Numbers and authorities come from small pools, so that
// decisions meet under one number, cases under one list, fake reviews under a
// penalty.
type worlds struct {
	rng   *rand.Rand
	std   *standard.Standard
	n     int
	among []int // kinds of bad facts to draw from: some draws are dense in what meets under one number
}

func (w *worlds) pick(of ...string) string { return of[w.rng.IntN(len(of))] }
func (w *worlds) chance(n int) bool        { return w.rng.IntN(n) == 0 }
func (w *worlds) date(months int) string {
	return string(today.AddDays(-w.rng.IntN(months * 30)))
}
func (w *worlds) number() string { return strconv.Itoa(1 + w.rng.IntN(4)) }

// bad draws a fact that speaks against an operator.
func (w *worlds) bad() evidence.Fact {
	court := w.pick("甲法院", "乙法院")
	authority := w.pick("甲局", "乙局", "")
	decided := []string{"number", w.number(), "authority", authority, "date", w.date(40)}
	judged := []string{"number", w.number(), "court", court, "date", w.date(26), "outcome", w.pick("lost", "partly", "won")}
	var x evidence.Fact
	switch w.among[w.rng.IntN(len(w.among))] {
	case 0, 1, 2, 3:
		x = f("penalty", append(decided, "kinds", w.pick("警告", "罚款", "罚款;警告", "没收违法所得", "责令停产停业;罚款", "其他", "吊销许可证件"),
			"amount", w.pick("500", "3000", "5000", "2000000"))...)
	case 4:
		x = f("coercion", decided...)
	case 5:
		x = f("abnormal_listing", "listed", w.date(20))
	case 6:
		x = f("serious_listing", "listed", w.date(20))
	case 7:
		x = f("revocation_listing", "listed", w.date(20))
	case 8:
		x = f("tax_arrears", "date", w.date(20), "balance", w.pick("100", "50000", "60000", "200000", "1999999.99", "2000000"))
	case 9:
		x = f(w.pick("fund_arrears", "insurance_arrears"), "date", w.date(20), "stage", w.pick("ordered_to_pay", "court_enforced"))
	case 10:
		x = f("labour_violation", decided...)
	case 11:
		x = f("wage_listing", "listed", w.date(20))
	case 12:
		x = f("spot_check", "date", w.date(14), "result", "不合格")
	case 13:
		x = f("judgment", append(judged, "category", w.pick("commercial", "ip", "labour", "other"), "amount", w.pick("", "9000", "20000", "900000"),
			"in_effect", w.pick("true", "false"), "effective", w.pick("", w.date(26)))...)
	case 14:
		x = f("labour_award", append(judged[:2:2], "date", w.date(26), "outcome", "lost")...)
	case 15, 16:
		x = f("enforcement", "number", w.number(), "court", court, "date", w.date(20))
	case 17:
		x = f(w.pick("dishonest_debtor", "consumption_limit"), "number", w.number(), "court", court)
	case 18:
		x = f("complaint", "number", strconv.Itoa(w.n), "date", w.date(14), "resolved", "false")
	case 19:
		x = w.badNetwork()
	case 20:
		x = f("fake_review", decided...)
	default:
		x = f(w.pick("commitment", "false_material"), append(decided, "status", "broken")...)
	}
	w.n++
	x.ID = fmt.Sprintf("f%d", w.n)
	return x
}

func (w *worlds) badNetwork() evidence.Fact {
	switch w.rng.IntN(5) {
	case 0:
		return f("review", "date", w.date(7), "stars", w.pick("1", "2", "3"))
	case 1:
		return f("security_finding", "kind", w.pick("malware", "phish", "other"), "date", w.date(7))
	case 2:
		return f("shop", "identity_verified", "false", "licence_display", "none")
	case 3:
		return f("licence", "name", "食品经营许可证", "status", "吊销")
	}
	return f("news", "date", w.date(7), "severity", w.pick("minor", "major"))
}

// draw draws inputs: looks of every kind at random indicators, a more or less
// clean operator, and some that is bad.
func (w *worlds) draw() evidence.Inputs {
	in := evidence.Inputs{Subject: company(), AsOf: today}
	w.among = [][]int{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21}, {15, 17}, {0, 20}}[max(w.rng.IntN(5)-2, 0)]
	share := 1 + w.rng.IntN(10)
	for _, l := range looked(w.std, func(string) bool { return w.rng.IntN(10) >= share }) {
		l.ID = fmt.Sprintf("l%d", w.rng.Uint64())
		l.Time = l.Time.Add(-time.Duration(w.rng.IntN(35)) * 24 * time.Hour)
		if w.chance(8) {
			l.Result = w.pick(evidence.Partial, evidence.Failed)
		}
		if w.chance(8) {
			l.Undecided = 1
		}
		in.Looks = append(in.Looks, l)
	}
	in.Subject.Traits = nil
	for _, t := range []string{"platform_shop", "natural_person_shop", "no_license_required"} {
		if w.chance(4) {
			in.Subject.Traits = append(in.Subject.Traits, t)
		}
	}
	for i, x := range clean() {
		if !w.chance(4) {
			x.ID = fmt.Sprintf("c%d", i)
			in.Facts = append(in.Facts, x)
		}
	}
	for range w.rng.IntN(8) {
		x := w.bad()
		if w.chance(3) {
			x = w.repair(x)
		}
		in.Facts = append(in.Facts, x)
	}
	return in
}

// repair repairs a fact, all of it or some items.
func (w *worlds) repair(x evidence.Fact) evidence.Fact {
	e := evidence.Effect{Kind: w.pick(evidence.Repaired, evidence.Repaired, evidence.Annulled), From: evidence.Date(w.date(10)), By: "d"}
	// An award may be annulled; that is no repair. Nor is it one for a complaint
	// that was settled: annulled, it never was, and its settlement goes with it.
	if !adverse(x) || x.Type == "complaint" {
		e.Kind = evidence.Repaired
	}
	if w.chance(2) {
		e.Items = []string{w.pick("罚款", "警告", "责令停产停业")}
	}
	x.Effects = append(slices.Clone(x.Effects), e)
	return x
}

func adverse(x evidence.Fact) bool { return x.ID[0] == 'f' }

// better compares before and after.
func better(std *standard.Standard, a, b evidence.Evaluation) string {
	switch {
	case a.Coverage != b.Coverage:
		return "coverage " + a.Coverage + " became " + b.Coverage
	case a.Score != "" && b.Score != "" && number(b.Score).Cmp(number(a.Score)) > 0:
		return "score " + a.Score + " became " + b.Score
	case a.Grade != standard.NR && b.Grade != standard.NR && std.Rank(b.Grade) < std.Rank(a.Grade):
		return "grade " + a.Grade + " became " + b.Grade
	}
	return ""
}

func number(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return new(big.Rat)
	}
	return r
}

// More are drawn by hand: go test ./evaluator -run 'Never|Twice' -draws 20000 -seed 7.
var (
	drawn  = flag.Int("draws", 1000, "how many random inputs each promise is tried on")
	seeded = flag.Uint64("seed", 4, "seed of the random inputs")
)

func promise(t *testing.T, seed uint64, change func(*worlds, evidence.Inputs) (evidence.Inputs, bool), fault func(*standard.Standard, evidence.Evaluation, evidence.Evaluation) string) {
	t.Helper()
	t.Parallel()
	std, tab := rules(t)
	w := &worlds{rng: rand.New(rand.NewPCG(seed, *seeded)), std: std}
	tried, moved, draws := 0, 0, *drawn
	if testing.Short() { // nothing here runs side by side
		draws /= 10
	}
	for range draws {
		in := w.draw()
		changed, ok := change(w, in)
		if !ok {
			continue
		}
		a, err := evaluator.Day(std, tab, in)
		if err != nil {
			t.Fatal(err)
		}
		b, err := evaluator.Day(std, tab, changed)
		if err != nil {
			t.Fatal(err)
		}
		tried++
		if !evaluator.Same(a, b) {
			moved++
		}
		if what := fault(std, a, b); what != "" {
			t.Fatalf("%s\nbefore: %s\nafter:  %s", what, marshal(t, in), marshal(t, changed))
		}
	}
	t.Logf("%d tried, %d moved", tried, moved)
	if tried < draws/2 {
		t.Errorf("only %d of %d draws were tried", tried, draws)
	}
}

func TestKnowingMoreThatIsBadNeverRaises(t *testing.T) {
	promise(t, 1, func(w *worlds, in evidence.Inputs) (evidence.Inputs, bool) {
		in.Facts = append(slices.Clone(in.Facts), w.bad())
		return in, true
	}, better)
}

func TestAWorseStatementNeverRaises(t *testing.T) {
	promise(t, 2, func(w *worlds, in evidence.Inputs) (evidence.Inputs, bool) {
		in.Facts = slices.Clone(in.Facts)
		for _, i := range w.rng.Perm(len(in.Facts)) {
			if worse := w.worse(in.Facts[i]); worse != nil {
				in.Facts[i].Fields = worse
				return in, true
			}
		}
		return in, false
	}, better)
}

// worse returns the fields of a statement that says something worse; nil where none is.
func (w *worlds) worse(x evidence.Fact) map[string]string {
	out := maps.Clone(x.Fields)
	switch x.Type {
	case "registration":
		out["status"] = w.pick("迁出", "清算", "吊销")
	case "penalty":
		out["kinds"] += ";" + w.pick("没收非法财物", "责令关闭", "罚款")
	case "fund_arrears", "insurance_arrears":
		out["stage"] = "court_enforced"
	case "tax_arrears":
		out["balance"] = "9000000"
	case "judgment":
		if out["outcome"] == "won" {
			return nil
		}
		out["outcome"], out["amount"], out["in_effect"] = "lost", "900000", "true"
	case "site_probe":
		out["licence_display"], out["return_policy"], out["https_valid"] = "none", "false", "false"
	default:
		return nil
	}
	return out
}

func TestARepairNeverLowers(t *testing.T) {
	promise(t, 3, func(w *worlds, in evidence.Inputs) (evidence.Inputs, bool) {
		if len(in.Facts) == 0 {
			return in, false
		}
		in.Facts = slices.Clone(in.Facts)
		i := w.rng.IntN(len(in.Facts))
		in.Facts[i] = w.repair(in.Facts[i])
		return in, true
	}, func(std *standard.Standard, a, b evidence.Evaluation) string { return better(std, b, a) })
}

func TestTheSameFactTwiceChangesNothing(t *testing.T) {
	promise(t, 4, func(w *worlds, in evidence.Inputs) (evidence.Inputs, bool) {
		facts := slices.Clone(in.Facts)
		for range 1 + w.rng.IntN(3) {
			if len(in.Facts) > 0 {
				facts = append(facts, in.Facts[w.rng.IntN(len(in.Facts))])
			}
		}
		w.rng.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
		in.Facts = facts
		return in, len(facts) > 0
	}, func(_ *standard.Standard, a, b evidence.Evaluation) string {
		if string(mustJSON(a)) != string(mustJSON(b)) {
			return "the evaluation changed"
		}
		return ""
	})
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
