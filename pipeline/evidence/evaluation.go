package evidence

// Inputs is all that an evaluation depends on besides the standard and the
// rule tables: the same inputs give the same evaluation bit for bit.
type Inputs struct {
	Subject Subject `json:"subject"`
	Facts   []Fact  `json:"facts"`
	Looks   []Look  `json:"looks"` // those that contain the subject, and those that failed to
	AsOf    Date    `json:"as_of"`
	KnownAt int64   `json:"known_at"` // position in the ledger
}

// A Subject is the entity as the evaluator sees it on the day asked for.
type Subject struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Kind         string   `json:"kind"`                  // as Entity.Kind
	Traits       []string `json:"traits,omitempty"`      // platform_shop, natural_person_shop, no_license_required: what makes indicators not applicable
	Identifiers  []string `json:"identifiers,omitempty"` // scheme:value, its own and those of its sites and shops on that day: what looks and shown codes are compared with
	Area         string   `json:"area"`
	AreaInferred bool     `json:"area_inferred,omitempty"`
	OutOfScope   string   `json:"out_of_scope,omitempty"` // why the configured area does not contain it; empty: in scope
}

// An Evaluation is score, grade, coverage and reasons of one entity, by one
// standard version, as of one day. Numbers are exact and written as decimals,
// half up, two places.
type Evaluation struct {
	Entity     string            `json:"entity"`
	Name       string            `json:"name"`
	Standard   string            `json:"standard"` // ID@VERSION
	Tables     map[string]string `json:"tables"`   // table -> digest
	AsOf       Date              `json:"as_of"`
	KnownAt    int64             `json:"known_at"`
	Inputs     string            `json:"inputs"` // digest of facts, looks, standard and tables
	Score      string            `json:"score"`  // "" where none is given
	Coverage   string            `json:"coverage"`
	Grade      string            `json:"grade"`            // AAA … D, NR
	Class      string            `json:"class,omitempty"`  // supervision class A-D
	Reason     string            `json:"reason,omitempty"` // of NR: not_looked, out_of_scope, terminated
	Dimensions []DimensionResult `json:"dimensions"`
	Indicators []IndicatorResult `json:"indicators"`
	Adjusted   []Deduction       `json:"adjusted,omitempty"` // Article 10 (5): negative points are a bonus
	Caps       []Cap             `json:"caps,omitempty"`     // in the order applied
	Shown      []string          `json:"shown,omitempty"`    // adverse facts that are shown though not scored
	NextChange Date              `json:"next_change,omitempty"`
}

// States of an indicator: five things that never look or read alike.
const (
	Covered       = "covered"        // looked; nothing found, or deductions named
	Undecided     = "undecided"      // looked; something found might concern the entity
	NotLooked     = "not_looked"     // never looked
	LookFailed    = "look_failed"    // looked, and failed
	NotApplicable = "not_applicable" // does not apply to this kind of operator
)

// A DimensionResult sums the indicators of one class of Article 10.
type DimensionResult struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Full string `json:"full"`
	Got  string `json:"got,omitempty"` // after rescaling; empty: no covered indicator
}

// An IndicatorResult explains one indicator.
type IndicatorResult struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	State      string      `json:"state"`
	Full       string      `json:"full"`
	Got        string      `json:"got,omitempty"` // empty where unscored
	Deductions []Deduction `json:"deductions,omitempty"`
	Basis      []string    `json:"basis,omitempty"`   // fact ids that earned points or were read without deducting
	Looks      []string    `json:"looks,omitempty"`   // look ids
	Missing    []string    `json:"missing,omitempty"` // source kinds that would be needed
	Note       string      `json:"note,omitempty"`
}

// A Deduction says what one fact costs and why.
type Deduction struct {
	Fact     string   `json:"fact,omitempty"`
	Rule     string   `json:"rule"`               // which rule of the standard
	Points   string   `json:"points"`             // as deducted, after weight and floor
	Severity string   `json:"severity,omitempty"` // light, general, severe
	Date     Date     `json:"date,omitempty"`     // of the fact; where there is an age, the day from which it counts
	Age      *int     `json:"age_months,omitempty"`
	Weight   string   `json:"weight,omitempty"` // as a fraction: 2/3
	Sources  []string `json:"sources,omitempty"`
	Note     string   `json:"note,omitempty"`
}

// A Cap is a limit on the grade and what the grade would be without it.
type Cap struct {
	Rule    string   `json:"rule"` // V1 …, coverage
	Cap     string   `json:"cap"`
	Facts   []string `json:"facts,omitempty"`
	Reason  string   `json:"reason"`
	Without string   `json:"without"` // the grade without this cap
}
