package robots

import (
	"strings"
	"time"

	"probity/crawler/robots/rfc9309"
	"probity/pipeline/evidence"
)

// An Explanation is a decision with all that led to it, for a person.
type Explanation struct {
	URL       string                  `json:"url"`
	Agent     string                  `json:"agent"`
	Decision  evidence.RobotsDecision `json:"decision"`
	Group     []Line                  `json:"group,omitempty"`     // the lines that chose the group
	Named     bool                    `json:"named"`               // they name the agent; else everybody
	Rules     int                     `json:"rules"`               // in the group
	Competing []Line                  `json:"competing,omitempty"` // other rules that match, the strongest first
	Asked     time.Duration           `json:"-"`                   // crawl-delay as written
	Delay     float64                 `json:"delay"`               // crawl-delay as obeyed, in seconds
	Flag      string                  `json:"flag,omitempty"`      // what an operator should look at
	Sitemaps  []string                `json:"sitemaps,omitempty"`
	Cut       bool                    `json:"cut,omitempty"` // the file is longer than what is read of one
	Second    *Opinion                `json:"second,omitempty"`
}

// A Line is one line of a file.
type Line struct {
	Line int    `json:"line"` // from 1
	Text string `json:"text"`
}

// An Opinion is a SecondOpinion in JSON.
type Opinion struct {
	By      string `json:"by"`
	Allowed bool   `json:"allowed"`
	Differs bool   `json:"differs"`
	Fault   string `json:"fault,omitempty"`
	Zh      string `json:"zh,omitempty"` // why it may differ
	En      string `json:"en,omitempty"`
}

// Read parses a file once, and returns what it decides for an agent.
func Read(body []byte, agent string) func(address string) evidence.RobotsDecision {
	return parse(body, agent).decide
}

// Explain says what a file means for an agent at an address, which is taken as
// it is spelled.
func Explain(body []byte, agent, address string) Explanation {
	read := rfc9309.Parse(body)
	rules := read.For(agent)
	x := Explanation{URL: address, Agent: agent, Named: rules.Named, Rules: rules.Len(), Sitemaps: read.Sitemaps, Cut: read.Cut, Asked: rules.Delay}
	x.Decision = file{digest: evidence.DigestBytes(body), rules: rules}.decide(address)
	for _, a := range rules.Agents {
		x.Group = append(x.Group, Line{a.Line, a.Text})
	}
	for _, r := range rules.Matching(address) {
		l := Line{r.Line, r.Text}
		if r.Line != x.Decision.Line && (len(x.Competing) == 0 || x.Competing[len(x.Competing)-1] != l) {
			x.Competing = append(x.Competing, l)
		}
	}
	delay, flag := obeyed(rules.Delay)
	x.Delay, x.Flag = delay.Seconds(), flag
	o := Consult(body, agent, address)
	x.Second = &Opinion{By: "temoto/robotstxt", Allowed: o.Allowed, Differs: o.Zh != "", Zh: o.Zh, En: o.En}
	if o.Fault != nil {
		x.Second.Fault = strings.Join(strings.Fields(o.Fault.Error()), " ")
	}
	return x
}
