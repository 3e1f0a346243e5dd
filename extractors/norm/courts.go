package norm

import (
	_ "embed" // the table of courts
	"strings"
)

// courts is the table of court codes, see courts.NOTICE.
//
//go:embed courts.tsv
var courts string

// CourtName returns the name of the court that a code (粤0304, 最高法) belongs to
// by 法〔2015〕137号. Old abbreviations and courts founded since are not in it.
func CourtName(code string) (string, bool) {
	if code == "" || strings.ContainsAny(code, "\t\n") {
		return "", false
	}
	_, rest, ok := strings.Cut(courts, "\n"+code+"\t")
	if !ok {
		return "", false
	}
	name, _, _ := strings.Cut(rest, "\t")
	return name, name != ""
}
