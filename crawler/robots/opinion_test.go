package robots

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"probity/crawler/robots/rfc9309"
)

func TestASecondOpinionSaysWhyItDiffers(t *testing.T) {
	for _, tt := range []struct {
		name, file, url string
		fault, differs  bool
	}{
		{"they agree", "User-agent: *\nDisallow: /x\n", "/x", false, false},
		{"a whole file rejected for one line", "Disallow: /a\nUser-agent: *\nDisallow: /b\n", "/b", true, true},
		{"a path in raw UTF-8", "User-agent: *\nDisallow: /信用/\n", "/%E4%BF%A1%E7%94%A8/", false, true},
		{"a tie", "User-agent: *\nDisallow: /x\nAllow: /x\n", "/x", false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := Consult([]byte(tt.file), agent, "http://a.example"+tt.url)
			allowed, _ := rfc9309.Parse([]byte(tt.file)).For(agent).Decide(tt.url)
			if (o.Fault != nil) != tt.fault || (o.Zh != "" && o.En != "") != tt.differs || !tt.fault && (o.Allowed != allowed) != tt.differs {
				t.Errorf("opinion = %+v, ours %t", o, allowed)
			}
		})
	}
}

// temoto as an oracle: where it reads a file of the public suites at all, it
// differs from us in few cases, and each can be told why.
func TestAgainstTemoto(t *testing.T) {
	files, err := filepath.Glob("../../../shared/vectors/robots_*.json")
	if err != nil || len(files) == 0 {
		t.Skip("not here: no ../shared/vectors beside the project")
	}
	for _, file := range files {
		var suite struct {
			Access []struct {
				ID     string `json:"id"`
				Robots string `json:"robots_txt"`
				Agent  string `json:"user_agent"`
				URL    string `json:"url"`
			}
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &suite); err != nil {
			t.Fatal(err)
		}
		rejected, differ := 0, 0
		for _, v := range suite.Access {
			o := Consult([]byte(v.Robots), v.Agent, v.URL)
			switch {
			case o.Fault != nil:
				rejected++
			case o.Zh != "":
				differ++
				t.Logf("%s: %s", v.ID, o.En)
			}
		}
		t.Logf("%s: %d cases, %d files that temoto rejects, %d decided otherwise", filepath.Base(file), len(suite.Access), rejected, differ)
		if differ*10 > len(suite.Access) {
			t.Errorf("%d of %d decided otherwise: one of the two is off", differ, len(suite.Access))
		}
	}
}
