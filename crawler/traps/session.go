package traps

import (
	"strings"
)

// WithoutSession returns an address without the session id in its path or
// query, and whether it had one. What counts as one: the fields that servers
// make by themselves (jsessionid, PHPSESSID, ASPSESSIONID…, CFID with CFTOKEN,
// sid and the like with a value of chance), and ASP.NET's /(S(…))/. What a site
// calls by another name is declared as volatile.
func WithoutSession(address string) (string, bool) {
	rest, fragment, _ := strings.Cut(address, "#")
	path, query, asked := strings.Cut(rest, "?")
	plain := withoutPathSession(path)
	had := plain != path
	if asked {
		var kept []string
		for pair := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if sessionField(strings.ToLower(name), value) {
				had = true
				continue
			}
			kept = append(kept, pair)
		}
		if query = strings.Join(kept, "&"); query != "" || !had {
			plain += "?" + query
		}
	}
	if !had {
		return address, false
	}
	if fragment != "" {
		plain += "#" + fragment
	}
	return plain, true
}

func withoutPathSession(path string) string {
	if at := indexFold(path, ";jsessionid="); at >= 0 {
		end := len(path)
		if slash := strings.IndexAny(path[at+1:], "/;"); slash >= 0 {
			end = at + 1 + slash
		}
		path = path[:at] + path[end:]
	}
	// /(S(lit3py55t21z5v55vlm25s55))/ and the older /(lit3py55t21z5v55vlm25s55)/
	open := strings.Index(path, "/(")
	if open < 0 {
		return path
	}
	shut := strings.Index(path[open:], ")/")
	if shut < 0 {
		return path
	}
	inner := strings.Trim(path[open+2:open+shut], "()")
	for _, prefix := range []string{"S(", "A(", "F(", "X("} {
		inner = strings.TrimPrefix(inner, prefix)
	}
	if len(inner) < 20 || !chance(inner) {
		return path
	}
	return path[:open] + path[open+shut+1:]
}

// indexFold is strings.Index without regard to case. Lower case would not do:
// it is of another length where bytes are no UTF-8.
func indexFold(s, part string) int {
	for i := 0; i+len(part) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(part)], part) {
			return i
		}
	}
	return -1
}

func sessionField(name, value string) bool {
	switch name {
	case "jsessionid", "phpsessid", "aspsessionid", "cfid", "cftoken", "asp.net_sessionid":
		return value != ""
	case "sid", "sessid", "session", "sessionid", "session_id", "s_id", "zenid", "oscsid", "osadminid":
		return len(value) >= 16 && chance(value)
	}
	return strings.HasPrefix(name, "aspsessionid") && value != ""
}

// chance reports whether a value looks drawn by lot: letters or digits alone,
// and digits among the letters.
func chance(s string) bool {
	digits, letters := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			letters++
		case c == '-' || c == '_' || c == '.' || c == '!':
		default:
			return false
		}
	}
	return digits >= 2 && (letters >= 2 || digits >= 16)
}
