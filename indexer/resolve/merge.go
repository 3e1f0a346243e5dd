package resolve

import (
	"maps"
	"math/big"
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

// merge fills the fact's fields: each from the first member that states it.
// Kinds of a penalty are items: rows of one source that name different ones
// are parts, so they add up within a source, never across.
func (d *draft) merge() {
	d.merged = map[string]string{}
	fields := map[string]bool{}
	for _, m := range d.members {
		for f := range m.record.Fields {
			fields[f] = true
		}
	}
	for _, f := range sorted(fields) {
		values := d.values(f)
		if len(values) == 0 {
			continue
		}
		d.merged[f] = values[0]
		field, _ := d.typ.Field(f)
		diff := evidence.Difference{Field: f, Values: distinct(values, field.Kind)}
		if field.Kind == evidence.Money {
			if larger, slip := unitSlip(diff.Values); slip {
				d.merged[f] = larger
				diff.Held = "金额相差一万倍，疑为单位误用，待人工核对 amounts differ by 10,000, perhaps a slip of unit"
			}
		}
		if len(diff.Values) > 1 {
			d.fact.Differs = append(d.fact.Differs, diff)
		}
	}
	if len(d.merged) == 0 {
		d.merged = nil
	}
}

// values are what the members say of a field, in order, items of one source
// joined.
func (d *draft) values(field string) []string {
	var out []string
	var last member
	for _, m := range d.members {
		v := m.record.Fields[field]
		switch {
		case v == "":
		case field == "kinds" && len(out) > 0 && m.record.Source == last.record.Source && m.absent() == last.absent():
			out[len(out)-1] = joinList(out[len(out)-1], v)
		default:
			out, last = append(out, v), m
		}
	}
	return out
}

// distinct leaves out what reads the same: texts and numbers of documents are
// compared folded.
func distinct(values []string, k evidence.Kind) []string {
	var out []string
	seen := map[string]bool{}
	for _, v := range values {
		key := v
		if k == evidence.Text || k == evidence.DocNo || k == "" {
			key = evidence.FoldNumber(v)
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, v)
		}
	}
	return out
}

// unitSlip finds two amounts of which one is 10,000 times the other, as when
// 万元 is read as 元; the smaller may have been rounded to its two decimals.
func unitSlip(values []string) (larger string, slip bool) {
	var best *big.Rat
	for _, a := range values {
		for _, b := range values {
			x, okA := new(big.Rat).SetString(a)
			y, okB := new(big.Rat).SetString(b)
			if !okA || !okB || x.Sign() <= 0 || y.Sign() <= 0 || x.Cmp(y) <= 0 {
				continue
			}
			off := new(big.Rat).Sub(x, new(big.Rat).Mul(y, big.NewRat(10000, 1)))
			if off.Abs(off).Cmp(big.NewRat(50, 1)) <= 0 && (best == nil || x.Cmp(best) > 0) {
				best, larger, slip = x, a, true
			}
		}
	}
	return larger, slip
}

func splitList(s string) []string {
	return slices.DeleteFunc(strings.Split(s, ";"), func(x string) bool { return x == "" })
}

func joinList(a, b string) string {
	all := map[string]bool{}
	for _, x := range append(splitList(a), splitList(b)...) {
		all[x] = true
	}
	return strings.Join(sorted(all), ";")
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func cutRecord(s string) (string, bool) { return strings.CutPrefix(s, recordPrefix) }
