package robots

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/temoto/robotstxt"

	"probity/crawler/robots/rfc9309"
)

// A SecondOpinion is what temoto/robotstxt, which many crawlers in Go rely on,
// says of the same file. It decides nothing here: it is shown to people beside
// our own decision, and held against it in tests.
type SecondOpinion struct {
	Allowed bool
	Fault   error // it cannot parse the file; then it says nothing
	// Why it may differ from ours, zh and en; empty where it does not.
	Zh, En string
}

// Consult asks for a second opinion about an address.
func Consult(body []byte, agent, address string) SecondOpinion {
	allowed, by := rfc9309.Parse(body).For(agent).Decide(address)
	var o SecondOpinion
	o.Allowed, o.Fault = temoto(body, agent, rfc9309.Target(address))
	switch {
	case o.Fault != nil:
		o.Zh, o.En = "有一行读不懂，它就拒绝整个文件", "it rejects a whole file for one line that it cannot parse"
	case o.Allowed == allowed:
	case strings.Contains(by.Text, "%") || strings.ContainsFunc(by.Text, func(r rune) bool { return r >= utf8.RuneSelf }):
		o.Zh, o.En = "它不统一百分号编码，未编码的中文路径也不认", "it compares percent-encoding byte by byte, and passes over paths in raw UTF-8"
	case strings.ContainsAny(by.Text, "*$"):
		o.Zh, o.En = "它的通配符规则不从路径开头匹配", "its rules with wildcards match anywhere in a path"
	case by.Allow:
		o.Zh, o.En = "同样长的两条规则，它取 Disallow", "of two rules of equal length it takes the Disallow"
	default:
		o.Zh, o.En = "它按名称前缀选组，且不合并同名的组", "it chooses groups by the beginning of a name, and does not merge those of one name"
	}
	return o
}

func temoto(body []byte, agent, path string) (allowed bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			allowed, err = false, fmt.Errorf("parse robots.txt: %v", r)
		}
	}()
	data, err := robotstxt.FromBytes(body)
	if err != nil {
		return false, err
	}
	if data == nil {
		return false, errors.New("parse robots.txt: nothing came of it")
	}
	return data.TestAgent(path, agent), nil
}
