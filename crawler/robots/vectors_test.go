package robots

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"probity/pipeline/evidence"
)

// A vector is one case of the public suites.
type vector struct {
	ID       string `json:"id"`
	Robots   string `json:"robots_txt"`
	RobotsB  string `json:"robots_txt_b64"`
	Agent    string `json:"user_agent"`
	URL      string `json:"url"`
	Expected bool   `json:"expected_allowed"`
}

// The public suites beside the project. Reported: how many pass. Asserted: no
// page is taken that a publisher forbids, but for the known cases.
func TestPublicVectors(t *testing.T) {
	known := map[string]string{
		"google-ID_LineSyntax_Line-L79":      "lines without a colon are Google's own leniency",
		"spec-accepted-mistakes-2-0":         "lines without a colon are Google's own leniency",
		"google-GoogleOnly_LineTooLong-L539": "Google cuts long lines, we read them whole",
		"google-ID_Encoding-L441":            "RFC 9309, 2.2.2 unencodes unreserved characters before it compares",
		"spec-non-ascii-paths-2-1":           "RFC 9309, 2.2.2 encodes what is not ASCII before it compares",
		"spec-327748-0-5":                    "RFC 9309, 2.2.2 allows /robots.txt itself",
		"spec-369883-0-9":                    "RFC 9309, 2.2.2 allows /robots.txt itself",
		"spec-860237-0-9":                    "RFC 9309, 2.2.2 allows /robots.txt itself",
	}
	files, err := filepath.Glob("../../../shared/vectors/robots_*.json")
	if err != nil || len(files) == 0 {
		t.Skip("not here: no ../shared/vectors beside the project")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			passed, denied := 0, 0
			suite := load(t, file)
			for _, v := range suite {
				switch got := v.decide(t); {
				case got.Allowed == v.Expected:
					passed++
				case got.Allowed && known[v.ID] == "":
					t.Errorf("%s: allowed for %s, by %.80q", v.ID, v.Agent, got.Rule)
				case !got.Allowed:
					denied++
				}
			}
			t.Logf("%d of %d as expected, %d refused beyond need", passed, len(suite), denied)
		})
	}
}

func load(t *testing.T, file string) []vector {
	t.Helper()
	var suite struct{ Access []vector }
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &suite); err != nil {
		t.Fatal(err)
	}
	return suite.Access
}

func (v vector) decide(t *testing.T) evidence.RobotsDecision {
	t.Helper()
	body := []byte(v.Robots)
	if v.RobotsB != "" {
		var err error
		if body, err = base64.StdEncoding.DecodeString(v.RobotsB); err != nil {
			t.Fatal(err)
		}
	}
	u, err := url.Parse(v.URL)
	if err != nil {
		t.Fatalf("%s: %v", v.ID, err)
	}
	return parse(body, productToken(v.Agent)).decide(u)
}
