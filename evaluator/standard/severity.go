package standard

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

// Severities returns the classes, lightest first (信用修复管理办法, in force 2026-04-01, art. 2-4).
func Severities() []string { return []string{"light", "general", "severe"} }

// fines is a span of amounts that makes a fine of a severity: 罚款>3000元且<100万元.
type fines []bound

type bound struct {
	op string
	at *big.Rat // yuan
}

func (f fines) holds(amount *big.Rat) bool {
	for _, b := range f {
		c := amount.Cmp(b.at)
		if b.op == "<" && c >= 0 || b.op == "<=" && c > 0 || b.op == ">" && c <= 0 || b.op == ">=" && c < 0 {
			return false
		}
	}
	return true
}

// readFines takes the words that speak of a fine's amount apart. A remark in
// brackets （法人） says where the boundary comes from: no other boundary is
// given for natural persons, so it is used for all.
func (s *Severity) readFines() error {
	clause := regexp.MustCompile(`^(<=|>=|<|>)(\d+(?:\.\d+)?)(万?)元$`)
	remark := regexp.MustCompile(`（[^）]*）$`)
	for _, word := range s.Match {
		rest, ok := strings.CutPrefix(word, "罚款")
		if !ok || rest == "" {
			continue
		}
		var f fines
		for part := range strings.SplitSeq(remark.ReplaceAllString(rest, ""), "且") {
			m := clause.FindStringSubmatch(part)
			if m == nil {
				return fmt.Errorf("match %q: %w: want a form like 罚款>3000元且<100万元", word, evidence.ErrInvalid)
			}
			at, ok := Decimal(m[2])
			if !ok {
				return fmt.Errorf("match %q: %w: the amount is no decimal", word, evidence.ErrInvalid)
			}
			if m[3] != "" {
				at.Mul(at, big.NewRat(10_000, 1))
			}
			f = append(f, bound{m[1], at})
		}
		s.fines = append(s.fines, f)
	}
	return nil
}

// A Penalty is what decides severity: the kinds that count, the amount of the
// fine (nil: nobody says) and the procedure.
type Penalty struct {
	Kinds   []string
	Fine    *big.Rat
	Summary bool // 简易程序
}

// SeverityOf returns the severity of the severest kind; what stands in no list
// has the one that the tables say.
func (s *Standard) SeverityOf(p Penalty, tables *Tables) string {
	all := Severities()
	worst := -1
	for i, name := range all {
		if p.Summary && slices.Contains(s.Severity[name].Match, "简易程序") {
			worst = i
		}
		for _, kind := range p.Kinds {
			unknown := kind == "罚款" && p.Fine == nil && name == tables.Readings.UnknownFineSeverity
			if unknown || s.matches(s.Severity[name], kind, p.Fine) {
				worst = i // lightest first: the last one found is the severest
			}
		}
	}
	if worst < 0 {
		return tables.Readings.UnmatchedSeverity
	}
	return all[worst]
}

func (s *Standard) matches(sev Severity, kind string, fine *big.Rat) bool {
	if slices.Contains(sev.Match, kind) {
		return true
	}
	return kind == "罚款" && fine != nil && slices.ContainsFunc(sev.fines, func(f fines) bool { return f.holds(fine) })
}

// DecayOf returns the decay of a name, with the periods of a severity where it asks for them.
func (s *Standard) DecayOf(name, severity string) Decay {
	d := s.Decay[name]
	if d.BySeverity {
		d.From, d.To = s.Severity[severity].Min, s.Severity[severity].Max
	}
	return d
}
