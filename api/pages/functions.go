package pages

import (
	"fmt"
	"html/template"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"probity/api/doors"
	"probity/api/words"
	"probity/pipeline/evidence"
)

// functions are what templates may call.
func functions(source func(string) string) template.FuncMap {
	return template.FuncMap{
		"source":     source,
		"bi":         bi,
		"word":       func(list, code any) template.HTML { return both(words.Of(fmt.Sprint(list), fmt.Sprint(code))) },
		"zh":         func(list, code any) string { return words.Of(fmt.Sprint(list), fmt.Sprint(code)).Zh },
		"type":       func(name string) template.HTML { return both(words.Type(name)) },
		"typezh":     func(name string) string { return words.Type(name).Zh },
		"field":      words.Field,
		"lines":      words.Lines,
		"factname":   func(f evidence.Fact) string { return words.Name(f.Type, f.Fields, f.Key) },
		"short":      func(f evidence.Fact) string { return words.Short(f.Type, f.Fields) },
		"bytes":      words.Bytes,
		"called":     func(f doors.FactRef) string { return words.Called(f.Name, f.Key) },
		"value":      words.Value,
		"day":        func(t time.Time) string { return stamp(t, "2006-01-02") },
		"time":       func(t time.Time) string { return stamp(t, "2006-01-02 15:04") },
		"utc":        func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"id":         short,
		"moment":     moment,
		"indstate":   words.Indicator,
		"add":        func(a, b int) int { return a + b },
		"mod":        func(a, b int) int { return a % b },
		"gap":        func(d time.Duration) string { return d.Round(time.Millisecond).String() },
		"lasting":    func(s float64) string { return (time.Duration(s*10) * (time.Second / 10)).String() },
		"beside":     beside,
		"split":      func(text string) []string { return strings.Split(text, "\n") },
		"sub":        func(a, b int) int { return a - b },
		"neg":        func(points string) bool { return strings.HasPrefix(points, "-") },
		"plus":       func(points string) string { return strings.TrimPrefix(points, "-") },
		"percent":    percent,
		"cite":       cite,
		"between":    between,
		"clip":       clip,
		"marked":     marked,
		"areaname":   areaName,
		"join":       strings.Join,
		"counts":     counts,
		"grades":     grades,
		"has":        func(all []string, v string) bool { return slices.Contains(all, v) },
		"plain":      plain,
		"list":       func(all ...string) []string { return all },
		"dict":       dict,
		"urlhost":    func(raw string) string { return evidence.Lead{URL: raw}.Host() },
		"product":    product,
		"recordname": recordName,
		"host":       func(id evidence.Identifier) string { return id.Value },
	}
}

// product is the name by which a robots.txt calls an agent (RFC 9309, 2.2.1).
func product(agent string) string {
	if i := strings.IndexFunc(agent, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' && r != '-'
	}); i > 0 {
		return agent[:i]
	}
	return agent
}

// bi writes Chinese with English beside it.
func bi(zh, en string) template.HTML { return both(words.Word{Zh: zh, En: en}) }

func both(w words.Word) template.HTML {
	if w.En == "" {
		return template.HTML(template.HTMLEscapeString(w.Zh)) //nolint:gosec // escaped
	}
	return template.HTML(template.HTMLEscapeString(w.Zh) + ` <span class="en" lang="en">` + template.HTMLEscapeString(w.En) + `</span>`) //nolint:gosec // escaped
}

func stamp(t time.Time, layout string) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(evidence.Shanghai).Format(layout)
}

// short writes the beginning of a digest: enough to tell two apart by eye.
func short(id string) string {
	if len(id) > 12 {
		return id[:12] + "…"
	}
	return id
}

// moment carries the day and instant asked for into a link.
func moment(w doors.When) template.URL {
	if !w.Asked {
		return ""
	}
	v := url.Values{"as_of": {string(w.AsOf)}}
	if !w.KnownAt.IsZero() {
		v.Set("known_at", w.KnownAt.Format(time.RFC3339))
	}
	if w.Standard != "" {
		v.Set("standard", w.Standard)
	}
	return template.URL("?" + v.Encode()) //nolint:gosec // encoded
}

// percent writes a share like 0.83 as 83%.
func percent(share string) string {
	var f float64
	if _, err := fmt.Sscanf(share, "%g", &f); err != nil {
		return share
	}
	return fmt.Sprintf("%.0f%%", f*100)
}

// cite is the address of a passage in its capture.
func cite(c evidence.Citation) template.URL { return passage(c.Content, c.Place.Start, c.Place.End) }

func passage(content string, start, end int) template.URL {
	if end == 0 {
		return template.URL("/captures/" + url.PathEscape(content)) //nolint:gosec // escaped
	}
	return template.URL(fmt.Sprintf("/captures/%s?start=%d&end=%d#passage", url.PathEscape(content), start, end)) //nolint:gosec // escaped
}

// clip shortens what is long to read beside other things; the passage itself
// is a click away.
func clip(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 70 {
		return string(r[:68]) + "……"
	}
	return text
}

// A segment is a piece of text, marked or not.
type segment struct {
	Text   string
	Marked bool
}

// marked cuts a passage where the words stand in it.
func marked(p doors.Passage) []segment {
	runes := []rune(p.Text)
	var out []segment
	at := 0
	for _, m := range p.Marks {
		from, to := max(at, m[0]-p.Start), min(len(runes), m[1]-p.Start)
		if from >= to {
			continue
		}
		out = append(out, segment{string(runes[at:from]), false}, segment{string(runes[from:to]), true})
		at = to
	}
	return append(out, segment{string(runes[at:]), false})
}

// areaName names the areas most operators here are of; others by code.
func areaName(code string) string {
	name := map[string]string{
		"4403": "深圳市", "440300": "深圳市", "440303": "深圳市罗湖区", "440304": "深圳市福田区", "440305": "深圳市南山区", "440306": "深圳市宝安区",
		"440307": "深圳市龙岗区", "440308": "深圳市盐田区", "440309": "深圳市龙华区", "440310": "深圳市坪山区", "440311": "深圳市光明区",
	}[code]
	return strings.TrimSpace(name + " " + code)
}

// A count is a name with a number, for maps that are shown in order.
type count struct {
	Name string
	N    int
}

func counts(m map[string]int) []count {
	var all []count
	for k, n := range m {
		all = append(all, count{k, n})
	}
	slices.SortFunc(all, func(a, b count) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// A change is a number that was another before.
type change struct {
	Name   string
	Was, N int
}

// beside sets counts beside those of before, where they differ.
func beside(was, now map[string]int) (all []change) {
	names := maps.Clone(was)
	if names == nil {
		names = map[string]int{}
	}
	maps.Copy(names, now)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if was[name] != now[name] {
			all = append(all, change{name, was[name], now[name]})
		}
	}
	return all
}

// grades are the counts of letters, best first, and what has none last.
func grades(m map[string]int) []count {
	order := []string{"AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D", "NR"}
	all := counts(m)
	slices.SortStableFunc(all, func(a, b count) int { return slices.Index(order, a.Name) - slices.Index(order, b.Name) })
	return all
}

func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		k, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[k] = pairs[i+1]
	}
	return m, nil
}
