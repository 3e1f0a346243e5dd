package standard

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

// check refuses a standard that cannot be computed with, saying where.
func (s *Standard) check() error {
	for _, step := range []func() error{
		s.checkHead, s.checkDimensions, s.checkIndicators, s.checkDecay, s.checkSeverity, s.checkGrades, s.checkVetoes, s.checkAdjustments,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func wrong(where, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %w", where, fmt.Sprintf(format, args...), evidence.ErrInvalid)
}

func (s *Standard) checkHead() error {
	switch {
	case s.ID == "" || s.Version == "" || s.Status == "":
		return wrong("id, version, status", "must be given: a standard says what it is and whose")
	case s.Scale.Rounding != "half_up":
		return wrong("score_scale.rounding", "%q: only half_up is known", s.Scale.Rounding)
	case s.Scale.Decimals != 2:
		return wrong("score_scale.decimals", "%d: scores are written with 2", s.Scale.Decimals)
	case s.Scale.Max.Rat().Cmp(s.Scale.Min.Rat()) <= 0:
		return wrong("score_scale", "max must lie above min")
	case s.Workflow.PublicityDays <= 0 || s.Workflow.ReviewDays <= 0 || s.Workflow.UpdateMonths <= 0:
		return wrong("workflow", "publicity_working_days, objection_review_working_days and max_update_interval_months must be positive")
	}
	for _, d := range []evidence.Date{s.From, s.Expires} {
		if _, err := evidence.ParseDate(string(d)); err != nil && (d != "" || d == s.From) {
			return wrong("effective_from, expires", "%v", err)
		}
	}
	return nil
}

// checkDimensions adds up: the indicators of a dimension to its full mark,
// the dimensions to the scale.
func (s *Standard) checkDimensions() error {
	total := new(big.Rat)
	seen := map[string]bool{}
	for _, d := range s.Dimensions {
		where := "dimension " + d.ID
		if !regexp.MustCompile(`^D[1-9]$`).MatchString(d.ID) || seen[d.ID] {
			return wrong(where, "want D1 to D9, each once")
		}
		seen[d.ID] = true
		sum := new(big.Rat)
		for _, in := range s.Indicators {
			if in.ID != "" && in.Dimension() == d.ID {
				sum.Add(sum, in.Full.Rat())
			}
		}
		if sum.Cmp(d.Full.Rat()) != 0 {
			return wrong(where, "full mark is %s, its indicators add up to %s", d.Full.Rat().FloatString(2), sum.FloatString(2))
		}
		total.Add(total, sum)
	}
	if total.Cmp(s.Scale.Max.Rat()) != 0 {
		return wrong("dimensions", "they add up to %s, the scale ends at %s", total.FloatString(2), s.Scale.Max.Rat().FloatString(2))
	}
	for _, in := range s.Indicators {
		if in.ID == "" || !seen[in.Dimension()] {
			return wrong("indicator "+in.ID, "there is no dimension for it")
		}
	}
	return nil
}

func (s *Standard) checkIndicators() error {
	seen := map[string]bool{}
	known := forms()
	for i := range s.Indicators {
		in := &s.Indicators[i]
		where := "indicator " + in.ID
		f, ok := known[in.ID]
		switch {
		case !ok:
			return wrong(where, "unknown; known are %s", strings.Join(slices.Sorted(maps.Keys(known)), " "))
		case seen[in.ID]:
			return wrong(where, "stands twice")
		case in.Method != f.method:
			return wrong(where, "method %q: it is computed by %q", in.Method, f.method)
		case in.Full.Rat().Sign() <= 0:
			return wrong(where, "the full mark must be positive")
		case in.Needs != "any" && in.Needs != "all":
			return wrong(where, "needs %q: want any or all", in.Needs)
		case len(in.Sources) == 0:
			return wrong(where, "it names no source, so nobody could look")
		case in.Window != nil && !f.events:
			return wrong(where, "window_months: it counts no events, so a window means nothing; want null")
		case in.Window != nil && *in.Window <= 0:
			return wrong(where, "window_months must be positive or null")
		}
		seen[in.ID] = true
		if err := in.Rule.sort(f); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		if err := s.checkRule(*in); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	return nil
}

// checkRule holds the points of a rule within the full mark and the words to
// what they may say.
func (s *Standard) checkRule(in Indicator) error {
	if in.Method == "tier" {
		return in.Rule.checkTiers()
	}
	if most := in.Rule.most(in.Method); most.Cmp(in.Full.Rat()) > 0 {
		return wrong("rule", "it gives up to %s points, the full mark is %s", most.FloatString(2), in.Full.Rat().FloatString(2))
	}
	for key, n := range in.Rule.points {
		if n.Rat().Sign() < 0 {
			return wrong("rule", "%s is negative: points earned and points deducted are both written without sign", key)
		}
	}
	if name := in.Rule.Word("decay"); name != "" {
		if _, ok := s.Decay[name]; !ok {
			return wrong("rule", "decay %q is not declared", name)
		}
	}
	return in.Rule.checkSense(in.ID)
}

// most is the highest number of points that a rule can give.
func (r Rule) most(method string) *big.Rat {
	most := new(big.Rat)
	switch method {
	case "map", "ratio":
		for _, n := range r.points {
			if n.Rat().Cmp(most) > 0 {
				most = n.Rat()
			}
		}
	case "sum":
		for _, n := range r.points {
			most.Add(most, n.Rat())
		}
		ages := r.Bounds("age_years>=")
		for _, b := range ages {
			most.Sub(most, b.Points.Rat())
		}
		if len(ages) > 0 { // the highest one only
			most.Add(most, ages[len(ages)-1].Points.Rat())
		}
	case "bayes_linear":
		return r.Points("points")
	case "complaint":
		return most.Add(r.Points("points_volume"), r.Points("points_resolve"))
	}
	return most
}

// checkSense refuses numbers that contradict one another.
func (r Rule) checkSense(id string) error {
	switch id {
	case "1.2":
		for _, f := range r.Fields {
			if !slices.Contains([]string{"name", "uscc", "address"}, f) {
				return wrong("rule", "field %q: name, uscc and address can be compared", f)
			}
		}
		if len(r.Fields) == 0 {
			return wrong("rule", "fields: nothing to compare")
		}
	case "2.1":
		if r.Points("severe").Cmp(r.Points("general")) < 0 || r.Points("general").Cmp(r.Points("light")) < 0 {
			return wrong("rule", "a severer penalty must not cost less")
		}
	case "4.1":
		if r.Points("lo").Cmp(r.Points("hi")) >= 0 || r.Points("k").Sign() <= 0 {
			return wrong("rule", "lo must lie below hi and k above 0")
		}
	case "4.2":
		if r.Points("cap_abs").Sign() <= 0 || r.Bounds("cap_per_")[0].At[0].Sign() <= 0 {
			return wrong("rule", "caps must be positive")
		}
	}
	return nil
}

func (r Rule) checkTiers() error {
	if len(r.Tiers) == 0 || r.words["unit"] != "yuan" {
		return wrong("rule", "want tiers, in the unit yuan")
	}
	for i, t := range r.Tiers {
		open := t.Upto == nil
		switch {
		case open != (i == len(r.Tiers)-1):
			return wrong("rule", "tiers: exactly the last one is open (null)")
		case i > 0 && !open && t.Upto.Cmp(r.Tiers[i-1].Upto) <= 0:
			return wrong("rule", "tiers must rise")
		case t.Points.Sign() < 0 || i > 0 && t.Points.Cmp(r.Tiers[i-1].Points) < 0:
			return wrong("rule", "deductions must not fall from tier to tier")
		}
	}
	return nil
}

func (s *Standard) checkDecay() error {
	for name := range s.Decay {
		if !slices.Contains([]string{"severity", "general", "judicial"}, name) {
			return wrong("decay."+name, "known are severity, general, judicial")
		}
	}
	return nil
}

func (s *Standard) checkSeverity() error {
	least, longest := 0, 0
	for _, name := range Severities() {
		sev, ok := s.Severity[name]
		where := "severity." + name
		switch {
		case !ok:
			return wrong(where, "is missing")
		case sev.Min < 0 || sev.Max <= sev.Min:
			return wrong(where, "max_publicity_months must lie above min_publicity_months")
		case sev.Min < least || sev.Max < longest:
			return wrong(where, "a severer class must not be published for a shorter time")
		}
		least, longest = sev.Min, sev.Max
		if err := sev.readFines(); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		s.Severity[name] = sev
	}
	if len(s.Severity) != len(Severities()) {
		return wrong("severity", "known are light, general, severe")
	}
	return nil
}

func (s *Standard) checkGrades() error {
	if len(s.Grades) == 0 {
		return wrong("grades", "there are none")
	}
	for i, g := range s.Grades {
		if i > 0 && g.At.Rat().Cmp(s.Grades[i-1].At.Rat()) >= 0 {
			return wrong("grades", "%s must begin below %s", g.Grade, s.Grades[i-1].Grade)
		}
		if s.Class(g.Grade) == "" {
			return wrong("supervision_class", "%s is in none", g.Grade)
		}
	}
	if s.Grades[len(s.Grades)-1].At.Rat().Cmp(s.Scale.Min.Rat()) != 0 {
		return wrong("grades", "the lowest must begin at the least score")
	}
	caps := s.Missing.Caps
	if len(caps) == 0 || caps[len(caps)-1].Grade != NR || caps[len(caps)-1].At.Rat().Sign() != 0 {
		return wrong("missing_data.coverage_grade_cap", "the last step must be %s, from 0", NR)
	}
	for i, c := range caps {
		if i > 0 && c.At.Rat().Cmp(caps[i-1].At.Rat()) >= 0 {
			return wrong("missing_data.coverage_grade_cap", "steps must fall")
		}
		if c.Grade != NR && s.Rank(c.Grade) == len(s.Grades) {
			return wrong("missing_data.coverage_grade_cap", "%q is no grade", c.Grade)
		}
	}
	return nil
}

func (s *Standard) checkVetoes() error {
	seen := map[string]bool{}
	for i := range s.Vetoes {
		v := &s.Vetoes[i]
		if err := v.understand(); err != nil {
			return err
		}
		switch {
		case seen[v.ID] || v.ID == "":
			return wrong("veto "+v.ID, "each needs an id of its own")
		case v.Terminated() && v.Result != "NR (terminated)":
			return wrong("veto "+v.ID, "result %q: only NR (terminated) is known", v.Result)
		case !v.Terminated() && s.Rank(v.Cap) == len(s.Grades):
			return wrong("veto "+v.ID, "cap %q is no grade", v.Cap)
		}
		seen[v.ID] = true
	}
	return nil
}

func (s *Standard) checkAdjustments() error {
	for _, it := range s.Adjustments.Items {
		where := "adjustment " + it.ID
		switch it.ID {
		case "5.1":
			for _, level := range []string{"national", "provincial", "municipal"} {
				if _, ok := it.Points.Level[level]; !ok {
					return wrong(where, "points for %s are missing", level)
				}
			}
			if it.Months <= 0 {
				return wrong(where, "valid_months must be positive")
			}
		case "5.2", "5.3":
			if sign := it.Points.Each.Rat().Sign(); it.ID == "5.2" && sign < 0 || it.ID == "5.3" && sign > 0 {
				return wrong(where, "points have the wrong sign")
			}
		case "5.4":
		default:
			return wrong(where, "unknown; known are 5.1 to 5.4")
		}
	}
	return nil
}
