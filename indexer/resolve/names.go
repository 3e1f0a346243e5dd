package resolve

import (
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

// formerNames reads the field former_names: NAME/FIRST DAY/LAST DAY joined by
// semicolons, the days optional.
func formerNames(field string) []evidence.DatedName {
	var out []evidence.DatedName
	for _, part := range strings.FieldsFunc(field, func(r rune) bool { return r == ';' || r == '；' }) {
		bits := strings.Split(part, "/")
		n := evidence.DatedName{Name: strings.TrimSpace(bits[0]), Registered: true}
		if len(bits) > 1 {
			n.From = evidence.Date(strings.TrimSpace(bits[1]))
		}
		if len(bits) > 2 {
			n.To = evidence.Date(strings.TrimSpace(bits[2]))
		}
		if n.Name != "" {
			out = append(out, n)
		}
	}
	return out
}

// registeredNames reads who bore which name when from one register's row: the
// present name and the former ones it states, and names of its earlier
// versions that it keeps silent about.
func registeredNames(s *State) []evidence.DatedName {
	last := s.Latest().Record
	present := subjectName(last)
	if present == "" {
		return nil
	}
	names := formerNames(last.Fields["former_names"])
	now := evidence.DatedName{Name: present, From: nameSince(last), Registered: true}
	told := func(name string) bool {
		return slices.ContainsFunc(append(names, now), func(n evidence.DatedName) bool {
			return evidence.FoldName(n.Name) == evidence.FoldName(name)
		})
	}
	for i, v := range s.Versions[:len(s.Versions)-1] {
		old := subjectName(v.Record)
		if old == "" || told(old) {
			continue
		}
		end := s.Versions[i+1].Day()
		names = append(names, evidence.DatedName{Name: old, From: nameSince(v.Record), To: end.AddDays(-1), Registered: true})
		if now.From == "" || now.From < end {
			now.From = end
		}
	}
	return append(names, now)
}

// nameSince is the first day of a row's present name: as stated, else, where
// no former name is, the day on which its bearer came to be.
func nameSince(rec evidence.Record) evidence.Date {
	if d := rec.Fields["name_since"]; d != "" || rec.Fields["former_names"] != "" {
		return evidence.Date(d)
	}
	return evidence.Date(rec.Fields["established"])
}

func subjectName(rec evidence.Record) string {
	for _, p := range rec.Subjects() {
		return p.Name
	}
	return ""
}

// borne reports whether a name was borne on a day; both ends are included.
func borne(n evidence.DatedName, day evidence.Date) bool {
	return n.From <= day && (n.To == "" || day <= n.To)
}

// a namebook says who bore which registered name.
type namebook struct {
	of      map[identifier][]evidence.DatedName
	bearers map[string][]bearer // by folded name
}

type bearer struct {
	anchor identifier
	name   evidence.DatedName
}

// readNames reads the registers: their rows identify by code alone.
func readNames(rows []*row, ids *identities) *namebook {
	b := &namebook{of: map[identifier][]evidence.DatedName{}, bearers: map[string][]bearer{}}
	for _, r := range rows {
		if !r.source.Register || r.now().Record.Type != "registration" {
			continue
		}
		for _, p := range r.now().Record.Subjects() {
			anchors := anchorsOf(p, ids)
			if len(anchors) != 1 {
				continue
			}
			b.add(anchors[0], registeredNames(r.state))
		}
	}
	return b
}

func (b *namebook) add(anchor identifier, names []evidence.DatedName) {
	for _, n := range names {
		if slices.Contains(b.of[anchor], n) {
			continue
		}
		b.of[anchor] = append(b.of[anchor], n)
		f := evidence.FoldName(n.Name)
		b.bearers[f] = append(b.bearers[f], bearer{anchor, n})
	}
}

// never reports whether the anchor is registered and never bore the name.
func (b *namebook) never(anchor identifier, p evidence.Party) bool {
	names := b.of[anchor]
	if len(names) == 0 || p.Name == "" || p.Kind == natural {
		return false
	}
	f := evidence.FoldName(p.Name)
	return !slices.ContainsFunc(names, func(n evidence.DatedName) bool { return evidence.FoldName(n.Name) == f })
}

// bearer returns the only one who bore a name on a day.
func (b *namebook) bearer(folded string, day evidence.Date) (identifier, bool) {
	var found []identifier
	for _, x := range b.bearers[folded] {
		if borne(x.name, day) && !slices.Contains(found, x.anchor) {
			found = append(found, x.anchor)
		}
	}
	if len(found) != 1 {
		return identifier{}, false
	}
	return found[0], true
}

// anchorsOf returns the anchors of a party by its codes: none where it has no
// code, several where it contradicts itself or its code is contested.
func anchorsOf(p evidence.Party, ids *identities) []identifier {
	var out []identifier
	for _, id := range identity(p) {
		for _, a := range ids.anchors(id) {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	slices.SortFunc(out, byStrength)
	return out
}
