// Package standard reads scoring standards and the rule tables beside them.
//
// A standard is data: full marks, points, periods, tiers, caps, vetoes and
// letters all come from its file, none from Go, so that an authority can set
// its own. Reading is strict: an unknown key, a sum that is wrong, a method
// nobody knows or a grade out of order is an error that says what and where,
// since a standard misread in silence is a wrong grade for everybody.
//
// What a standard may not do is invent indicators: each id of the twenty-five
// (DOMAIN 1.4) is tied to facts of the vocabulary, and the keys of its rule
// are known. It may leave indicators out, weigh them anew, and change every
// number.
package standard

import (
	"fmt"
	"io/fs"
	"math/big"
	"slices"

	"probity/evaluator/strict"
	"probity/pipeline/canon"
	"probity/pipeline/evidence"
)

// A Standard is a scoring standard as its file says, checked.
type Standard struct {
	ID          string              `json:"id"`
	Version     string              `json:"version"`
	From        evidence.Date       `json:"effective_from"`
	Expires     evidence.Date       `json:"expires"`
	Status      string              `json:"status"` // whose it is
	Notes       []string            `json:"notes"`
	Scale       Scale               `json:"score_scale"`
	Dimensions  []Dimension         `json:"dimensions"`
	Indicators  []Indicator         `json:"indicators"`
	Adjustments Adjustments         `json:"adjustments"`
	Severity    map[string]Severity `json:"severity"` // light, general, severe
	Decay       map[string]Decay    `json:"decay"`    // severity, general, judicial
	Missing     Missing             `json:"missing_data"`
	Grades      []Step              `json:"grades"` // letters by least score, best first
	Classes     map[string][]string `json:"supervision_class"`
	Vetoes      []Veto              `json:"vetoes"`
	VetoesOrder string              `json:"vetoes_order"`
	Workflow    Workflow            `json:"workflow"`
	Inspection  Inspection          `json:"inspection"`
	Arithmetic  map[string]string   `json:"arithmetic"`
	Counting    map[string]string   `json:"counting"`
	digest      string
}

// Scale says between what a score lies and how it is rounded.
type Scale struct {
	Min      Number `json:"min"`
	Max      Number `json:"max"`
	Rounding string `json:"rounding"` // half_up
	Decimals int    `json:"decimals"`
}

// A Dimension is one class of Article 10.
type Dimension struct {
	ID      string `json:"id"` // D1 holds the indicators 1.x
	Name    string `json:"name"`
	Full    Number `json:"full"`
	Article string `json:"article10"`
}

// An Indicator is one row of the standard.
type Indicator struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Article       string   `json:"article10"`
	Full          Number   `json:"full"`
	Method        string   `json:"method"`
	Rule          Rule     `json:"rule"`
	Sources       []string `json:"sources"` // source kinds
	NotApplicable []string `json:"not_applicable_to"`
	Window        *int     `json:"window_months"`
	Needs         string   `json:"needs"` // any or all of Sources
}

// Dimension returns the id of the dimension that holds the indicator.
func (i Indicator) Dimension() string { return "D" + i.ID[:1] }

// Within reports whether an event of that age in completed months still
// counts: the window is open at its far end.
func (i Indicator) Within(age int) bool { return i.Window == nil || age < *i.Window }

// Adjustments are Article 10 (5): what is added to and taken from the total.
type Adjustments struct {
	Article string       `json:"article10"`
	Cap     Number       `json:"bonus_cap"`
	Items   []Adjustment `json:"items"`
}

// An Adjustment is one of 5.1 to 5.4.
type Adjustment struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Points Points `json:"points"`
	Months int    `json:"valid_months"`
	OptOut bool   `json:"subject_may_opt_out"`
	Effect string `json:"effect"`
}

// Item returns the adjustment of that id; the zero one where the standard has none.
func (a Adjustments) Item(id string) Adjustment {
	for _, it := range a.Items {
		if it.ID == id {
			return it
		}
	}
	return Adjustment{}
}

// A Severity class of a penalty.
type Severity struct {
	Min     int      `json:"min_publicity_months"`
	Max     int      `json:"max_publicity_months"`
	Publish string   `json:"publish"`
	Match   []string `json:"match"`
	fines   []fines
}

// Missing says what becomes of what was not looked at. Its sentences are for
// the reader; its numbers are the caps by coverage.
type Missing struct {
	NotApplicable string `json:"not_applicable"`
	NotLooked     string `json:"not_looked"`
	Empty         string `json:"empty_dimension"`
	Coverage      string `json:"coverage"`
	Caps          []Step `json:"coverage_grade_cap"`
	BelowFloor    string `json:"below_floor"`
	Covered       string `json:"covered"`
	Adverse       string `json:"adverse_without_look"`
	Undecided     string `json:"undecided"`
}

// Workflow holds the periods of the procedure.
type Workflow struct {
	PublicityDays int    `json:"publicity_working_days"`
	ReviewDays    int    `json:"objection_review_working_days"`
	UpdateMonths  int    `json:"max_update_interval_months"`
	MarkDisputed  string `json:"mark_disputed"`
}

// Inspection holds the sampling rates by supervision class.
type Inspection struct {
	Rate map[string]Number `json:"sample_rate"`
	Note string            `json:"note"`
}

// NR is the grade of whom nothing can be said (暂不评级).
const NR = "NR"

// Parse reads a standard, strictly. Errors wrap evidence.ErrInvalid.
func Parse(data []byte) (*Standard, error) {
	s := new(Standard)
	if err := strict.Decode(data, 1, s); err != nil {
		return nil, fmt.Errorf("read standard: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("read standard %s@%s: %w", s.ID, s.Version, err)
	}
	d, err := digestOf(data)
	if err != nil {
		return nil, fmt.Errorf("read standard: %w", err)
	}
	s.digest = d
	return s, nil
}

// Load reads a standard from a file.
func Load(fsys fs.FS, name string) (*Standard, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read standard %s: %w", name, err)
	}
	s, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func digestOf(data []byte) (string, error) {
	return canon.Digest(raw(data))
}

// raw is JSON that is already written.
type raw []byte

// MarshalJSON returns it as it is.
func (r raw) MarshalJSON() ([]byte, error) { return r, nil }

// Name is ID@VERSION.
func (s *Standard) Name() string { return s.ID + "@" + s.Version }

// Digest is the SHA-256 of the file's canonical JSON: two files with one name
// and different rules are told apart.
func (s *Standard) Digest() string { return s.digest }

// Indicator returns the indicator of that id.
func (s *Standard) Indicator(id string) (Indicator, bool) {
	i := slices.IndexFunc(s.Indicators, func(in Indicator) bool { return in.ID == id })
	if i < 0 {
		return Indicator{}, false
	}
	return s.Indicators[i], true
}

// Letter returns the grade of a rounded score.
func (s *Standard) Letter(score *big.Rat) string {
	for _, g := range s.Grades {
		if score.Cmp(g.At.Rat()) >= 0 {
			return g.Grade
		}
	}
	return s.Grades[len(s.Grades)-1].Grade
}

// CoverageCap returns the best grade that a coverage allows, NR below the floor.
func (s *Standard) CoverageCap(coverage *big.Rat) string {
	for _, c := range s.Missing.Caps {
		if coverage.Cmp(c.At.Rat()) >= 0 {
			return c.Grade
		}
	}
	return NR
}

// Rank orders grades: 0 is the best, NR comes after the worst letter.
func (s *Standard) Rank(grade string) int {
	i := slices.IndexFunc(s.Grades, func(g Step) bool { return g.Grade == grade })
	if i < 0 {
		return len(s.Grades)
	}
	return i
}

// Worse returns the lower of two grades.
func (s *Standard) Worse(a, b string) string {
	if s.Rank(a) >= s.Rank(b) {
		return a
	}
	return b
}

// Class returns the supervision class of a grade; empty for NR.
func (s *Standard) Class(grade string) string {
	for class, grades := range s.Classes {
		if slices.Contains(grades, grade) {
			return class
		}
	}
	return ""
}
