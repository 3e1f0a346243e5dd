package rfc9309

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// A vector is one case of the public suites.
type vector struct {
	ID       string `json:"id"`
	Google   bool   `json:"google_specific"`
	Robots   string `json:"robots_txt"`
	RobotsB  string `json:"robots_txt_b64"`
	Agent    string `json:"user_agent"`
	URL      string `json:"url"`
	Expected bool   `json:"expected_allowed"`
}

// The public suites beside the project: every case of the standard. The cases
// that are Google's own hold as well, since none of its additions harms a site:
// lines without a colon and over-long lines are read, index.html opens its
// folder, a name ends at its first blank, and an empty name is no crawler's.
func TestPublicVectors(t *testing.T) {
	all := seeds()
	if len(all) == 0 {
		t.Skip("not here: no ../shared/vectors beside the project")
	}
	for name, suite := range all {
		t.Run(name, func(t *testing.T) {
			for _, v := range suite {
				allowed, by := Parse(v.body(t)).For(v.Agent).Decide(v.URL)
				if allowed != v.Expected {
					t.Errorf("%s (Google's own: %t): allowed %t for %q at %.80q, by %.80q", v.ID, v.Google, allowed, v.Agent, v.URL, by.Text)
				}
			}
			t.Logf("%d cases", len(suite))
		})
	}
}

// seeds are the suites that are there.
func seeds() map[string][]vector {
	files, err := filepath.Glob("../../../../shared/vectors/robots_*.json")
	if err != nil {
		return nil
	}
	all := map[string][]vector{}
	for _, file := range files {
		var suite struct{ Access []vector }
		if b, err := os.ReadFile(file); err == nil && json.Unmarshal(b, &suite) == nil {
			all[filepath.Base(file)] = suite.Access
		}
	}
	return all
}

func (v vector) body(t testing.TB) []byte {
	t.Helper()
	if v.RobotsB == "" {
		return []byte(v.Robots)
	}
	body, err := base64.StdEncoding.DecodeString(v.RobotsB)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
