package scope

import (
	"testing"

	"probity/pipeline/evidence"
)

func TestTidy(t *testing.T) {
	q := evidence.Query{Drop: []string{"jsessionid", "utm_*", "PHPSESSID"}}
	sorted := evidence.Query{Sort: true}
	for _, tt := range []struct {
		name     string
		q        evidence.Query
		in, want string
	}{
		{"nothing declared, nothing dropped", evidence.Query{}, "http://a.example/?utm_source=x", "http://a.example/?utm_source=x"},
		{"a session id", q, "http://a.example/?b=1&phpsessid=2&a=3", "http://a.example/?b=1&a=3"},
		{"a beginning", q, "http://a.example/?utm_source=x&utm_medium=y", "http://a.example/"},
		{"a name in disguise", q, "http://a.example/?%75tm_source=x&c", "http://a.example/?c"},
		{"in the path", q, "http://a.example/x;JSESSIONID=1;v=2/y;jsessionid=3?z", "http://a.example/x;v=2/y?z"},
		{"what is left is canonical", q, "http://a.example/x/..;jsessionid=1/y", "http://a.example/y"},
		{"a longer name is another", q, "http://a.example/?phpsessid2=1", "http://a.example/?phpsessid2=1"},
		{"a sorted query", sorted, "http://a.example/?b=1&a=2&b=0&a=1&", "http://a.example/?a=2&a=1&b=1&b=0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := Tidy(tt.q, tt.in); err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// What a source declares to mean nothing makes no other lead of a page.
func TestALeadIsTidy(t *testing.T) {
	s := evidence.Source{
		ID: "s", Start: []evidence.Start{{URL: "http://a.example/?sid=9", View: "v"}}, Include: []string{"^/"},
		Views: []evidence.View{{Name: "v"}}, Query: evidence.Query{Drop: []string{"sid"}},
	}
	g, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	if l, err := g.Admit(lead("s", "http://a.example/x?sid=1&y=2")); err != nil || l.URL != "http://a.example/x?y=2" {
		t.Errorf("%s, %v", l.URL, err)
	}
	if starts, err := Starts(s); err != nil || starts[0].URL != "http://a.example/" {
		t.Errorf("%+v, %v", starts, err)
	}
}

func FuzzTidy(f *testing.F) {
	f.Add("http://a.example/x;sid=1/..;sid=2?utm_a=1&b&a=%73", "sid")
	f.Add("http://a.example/?%75tm_source=x&&=", "utm_*")
	f.Fuzz(func(t *testing.T, raw, name string) {
		q := evidence.Query{Drop: []string{name}, Sort: true}
		got, err := Tidy(q, raw)
		if err != nil {
			return
		}
		if again, err := Tidy(q, got); err != nil || again != got {
			t.Fatalf("%q becomes %q, then %q, %v", raw, got, again, err)
		}
		if same, err := Canonical(got); err != nil || same != got {
			t.Fatalf("%q becomes %q, which is no canonical form: %q, %v", raw, got, same, err)
		}
	})
}
