package evidence

import (
	"strings"
	"testing"
)

// MODEL 1, lead and content: fields that a source declares volatile stay out
// of both identities.
func TestVolatileFieldsStayOutOfIdentity(t *testing.T) {
	post := func(body string) Lead {
		return Lead{Method: "POST", URL: "http://a.example/list?sid=1&q=%E4%BF%A1", Body: body, Volatile: []string{"sid", "__VIEWSTATE"}}
	}
	one, two, other := post("__VIEWSTATE=abc&page=2"), post("page=2&__VIEWSTATE=xyz"), post("__VIEWSTATE=abc&page=3")
	two.URL = "http://a.example/list?q=%E4%BF%A1&sid=2"
	if one.Key() != two.Key() {
		t.Error("two leads that differ only in volatile fields have two keys")
	}
	if one.Key() == other.Key() {
		t.Error("another page has the same key")
	}
	if ContentID(Capture{Lead: one, Location: "/x?sid=7"}) != ContentID(Capture{Lead: two, Location: "/x?sid=8"}) {
		t.Error("the same answer to both has two contents")
	}
	plain := Lead{Method: "GET", URL: "http://a.example/?sid=1"}
	if plain.Key() != Digest("lead", "GET", "http://a.example/?sid=1", "") {
		t.Error("a lead without volatile fields is not identified by method, URL and body")
	}
}

func TestTheKeyOfALeadIsTheSameHoweverLongItsAddressIs(t *testing.T) {
	for _, address := range []string{"http://a.example/", "https://b.example/?q=%E4%BF%A1", "http://c.example/" + strings.Repeat("x", 600)} {
		if got := (Lead{Method: "GET", URL: address}).Key(); got != long("lead", []string{"GET", address, ""}) {
			t.Errorf("key of page %s is %s", address, got)
		}
	}
}
