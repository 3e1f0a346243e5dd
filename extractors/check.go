package extractors

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"probity/extractors/draft"
	"probity/extractors/norm"
	"probity/extractors/rows"
	"probity/pipeline/evidence"
)

// Check says, before a page was fetched, what of a source's views could never
// be read: an unknown reader, a label declared twice, a pattern that does not
// compile, a value to set that is not canonical. Each error wraps
// evidence.ErrInvalid and names source and view.
func Check(s evidence.Source) error {
	var faults []error
	for _, v := range s.Views {
		in := draft.Input{Source: s, View: v}
		if _, err := kindOf(in); err != nil {
			faults = append(faults, err)
		}
		if _, err := regexp.Compile(v.Match); err != nil {
			faults = append(faults, fmt.Errorf("declaration of source %s, view %s: %w: match: %w", s.ID, v.Name, evidence.ErrInvalid, err))
		}
		if v.Read == "table" || v.Read == "detail" {
			if _, err := rows.NewPlan(in); err != nil {
				faults = append(faults, err)
			}
			faults = append(faults, checkSet(s, v)...)
		}
	}
	return errors.Join(faults...)
}

func checkSet(s evidence.Source, v evidence.View) (faults []error) {
	types := []string{v.Record}
	if v.Split != nil {
		types = slices.Sorted(maps.Values(v.Split.Records))
	}
	for _, name := range types {
		typ, ok := evidence.TypeOf(name)
		if !ok {
			continue // the plan says so
		}
		for _, field := range slices.Sorted(maps.Keys(v.Set)) {
			f, ok := typ.Field(field)
			if !ok {
				continue // of the party
			}
			if value, err := norm.Value(f, "", v.Set[field]); err != nil || value != v.Set[field] {
				faults = append(faults, fmt.Errorf("declaration of source %s, view %s: %w: set %s: %q is not a %s in its canonical form",
					s.ID, v.Name, evidence.ErrInvalid, field, v.Set[field], f.Kind))
			}
		}
	}
	return faults
}
