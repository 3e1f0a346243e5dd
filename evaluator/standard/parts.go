package standard

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"probity/pipeline/evidence"
)

// A Step is a threshold and the grade from there: [90, "AAA"].
type Step struct {
	At    Number
	Grade string
}

// UnmarshalJSON reads a pair of number and grade.
func (s *Step) UnmarshalJSON(b []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(b, &pair); err != nil || len(pair) != 2 {
		return fmt.Errorf("step %.60s: %w: want a pair like [90, \"AAA\"]", b, evidence.ErrInvalid)
	}
	if err := json.Unmarshal(pair[0], &s.At); err != nil {
		return err
	}
	if err := json.Unmarshal(pair[1], &s.Grade); err != nil {
		return fmt.Errorf("step %.60s: %w: want a grade: %w", b, evidence.ErrInvalid, err)
	}
	return nil
}

// Points are one number, or one number for each level.
type Points struct {
	Each  Number
	Level map[string]Number
}

// UnmarshalJSON reads a number or an object of numbers.
func (p *Points) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		return json.Unmarshal(b, &p.Level)
	}
	return p.Each.UnmarshalJSON(b)
}

// A Decay is how the weight of an adverse fact falls with its age: 1 up to
// From completed months, then evenly to 0 at To. Where BySeverity is set the
// two come from the publicity periods of the severity instead.
type Decay struct {
	Text       string
	BySeverity bool
	From, To   int
}

const bySeverity = "w=1 up to min_publicity, then linear to 0 at max_publicity; 0 after; 0 if repaired/withdrawn/revoked"

// UnmarshalJSON reads the sentence in which the standard says it.
func (d *Decay) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &d.Text); err != nil {
		return fmt.Errorf("decay %.60s: %w: want a sentence", b, evidence.ErrInvalid)
	}
	if d.Text == bySeverity {
		d.BySeverity = true
		return nil
	}
	m := regexp.MustCompile(`^w=1 for (\d{1,3}) months\b.*\blinear to 0 at (\d{1,3})$`).FindStringSubmatch(d.Text)
	if m == nil {
		return fmt.Errorf("decay %q: %w: want “w=1 for N months, linear to 0 at M” or “%s”",
			d.Text, evidence.ErrInvalid, bySeverity)
	}
	d.From, _ = strconv.Atoi(m[1])
	d.To, _ = strconv.Atoi(m[2])
	if d.From >= d.To {
		return fmt.Errorf("decay %q: %w: it must end later than it begins", d.Text, evidence.ErrInvalid)
	}
	return nil
}

// Weight returns w at an age in completed months, exactly.
func (d Decay) Weight(age int) *big.Rat {
	switch {
	case age >= d.To:
		return new(big.Rat)
	case age <= d.From:
		return big.NewRat(1, 1)
	}
	return big.NewRat(int64(d.To-age), int64(d.To-d.From))
}

// A Veto caps the grade where its condition holds.
type Veto struct {
	ID       string `json:"id"`
	When     string `json:"when"`
	Cap      string `json:"cap"`
	Decisive bool   `json:"decisive"` // it decides below the floor of coverage too
	Result   string `json:"result"`   // NR (terminated), instead of a cap

	Test Test `json:"-"` // When, understood
}

// Terminated reports that the veto ends the grading.
func (v Veto) Terminated() bool { return v.Result != "" }

// A Test is the condition of a veto as a program needs it. One field is set.
type Test struct {
	Status   []string // the registered status is one of these
	List     string   // a standing of that type is in force
	Live     string   // a penalty of that severity is inside its publicity
	Identity bool     // a shop's identity is not verified
	Material bool     // false material was filed
}

// understand reads the sentence of a veto.
func (v *Veto) understand() error {
	status := regexp.MustCompile(`^registration_status (?:in|=) (\S+)$`)
	live := regexp.MustCompile(`^an? (light|general|severe) (?:penalty|adverse record) inside its publicity period$`)
	switch {
	case status.MatchString(v.When):
		v.Test.Status = strings.Split(status.FindStringSubmatch(v.When)[1], ",")
	case live.MatchString(v.When):
		v.Test.Live = live.FindStringSubmatch(v.When)[1]
	case strings.HasPrefix(v.When, "on "):
		v.Test.List = listType(strings.TrimPrefix(v.When, "on "))
	case strings.Contains(v.When, "identity not verified"):
		v.Test.Identity = true
	case strings.HasPrefix(v.When, "false material"):
		v.Test.Material = true
	}
	if v.Test.List == "" && v.Test.Live == "" && len(v.Test.Status) == 0 && !v.Test.Identity && !v.Test.Material {
		return fmt.Errorf("veto %s: when %q: %w: want “registration_status in A,B”, “on LIST”, "+
			"“a severe penalty inside its publicity period”, “identity not verified” or “false material …”", v.ID, v.When, evidence.ErrInvalid)
	}
	return nil
}

// listType finds the standing that a list's Chinese name means.
func listType(name string) string {
	for _, t := range evidence.Types() {
		if t.Shape == evidence.Standing && (t.Title == name || t.Title+"名单" == name || t.Title+"名录" == name) {
			return t.Name
		}
	}
	return ""
}
