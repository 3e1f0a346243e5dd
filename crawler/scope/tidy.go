package scope

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

// Tidy is Canonical, and leaves out of an address what its source declares to
// mean nothing: session ids, tracking parameters, the order of the query.
// Names are compared without case, and as they read decoded.
func Tidy(q evidence.Query, raw string) (string, error) {
	address, err := Canonical(raw)
	if err != nil || len(q.Drop) == 0 && !q.Sort {
		return address, err
	}
	path, query, _ := strings.Cut(address, "?")
	path = withoutParameters(path, q.Drop)
	pairs := strings.Split(query, "&")
	pairs = slices.DeleteFunc(pairs, func(p string) bool { return q.Sort && p == "" || dropped(q.Drop, p) })
	if q.Sort {
		slices.SortStableFunc(pairs, func(a, b string) int {
			x, _, _ := strings.Cut(a, "=")
			y, _, _ := strings.Cut(b, "=")
			return cmp.Compare(x, y)
		})
	}
	return Canonical(path + "?" + strings.Join(pairs, "&"))
}

// dropped reports whether a name=value is one of those declared.
func dropped(declared []string, pair string) bool {
	name, _, _ := strings.Cut(pair, "=")
	if decoded, err := url.QueryUnescape(name); err == nil {
		name = decoded
	}
	return name != "" && slices.ContainsFunc(declared, func(d string) bool {
		if begin, ok := strings.CutSuffix(d, "*"); ok {
			return len(name) >= len(begin) && strings.EqualFold(name[:len(begin)], begin)
		}
		return strings.EqualFold(name, d)
	})
}

// withoutParameters leaves out the ;name=value of path segments, as servlets
// write session ids.
func withoutParameters(path string, declared []string) string {
	if !strings.Contains(path, ";") {
		return path
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		parts := strings.Split(s, ";")
		parts = append(parts[:1], slices.DeleteFunc(parts[1:], func(p string) bool { return dropped(declared, p) })...)
		segments[i] = strings.Join(parts, ";")
	}
	return strings.Join(segments, "/")
}
