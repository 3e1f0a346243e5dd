package attack_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

func moved(location string) func(net.Conn, *http.Request) {
	return once("HTTP/1.1 302 Found\r\nLocation: " + location + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

func TestNoRedirectLeadsOut(t *testing.T) {
	t.Parallel()
	port := victim(t)
	at := map[string]string{ // where it leads, and the reason of the refusal
		"file:///etc/passwd": "scope_url", "ftp://b.example/": "scope_url", "gopher://b.example:70/_x": "scope_url", "data:text/html,x": "scope_url",
		"javascript:alert(1)": "scope_url", "http://user:secret@b.example/": "scope_url", "http://": "scope_url", "": "scope_url",
		"http://127.0.0.1:" + port + "/": "scope_host", "//127.0.0.1:" + port + "/": "scope_host", "http://2130706433:" + port + "/": "scope_host",
		"http://0x7f.1:" + port + "/": "scope_host", "http://[::1]:" + port + "/": "scope_host", "http://[::ffff:7f00:1]:" + port + "/": "scope_host",
		"http://localhost:" + port + "/": "scope_host", "http://169.254.169.254/latest/meta-data/": "scope_host", "http://b.example.evil.test/": "scope_host",
		`http:\\127.0.0.1:` + port + `\`: "scope_host", "http://b.example/" + strings.Repeat("x", 20_000): "scope_url",
	}
	a := attack{answers: map[string]func(net.Conn, *http.Request){}, plan: plan{Source: "bound"}}
	leads, want := []string{}, map[string]string{}
	i := 0
	for location, reason := range at {
		i++
		p := fmt.Sprintf("/%d", i)
		a.answers[p] = moved(location)
		u := "http://a.example" + p
		leads, want[u] = append(leads, u), "hop_"+reason
	}
	r := a.run(t, leads...)
	for u, reason := range want {
		r.wantRefused(t, u, reason)
	}
}

// What the scope lets pass is judged by the fetcher like any other lead.
func TestARedirectIsJudgedAtEveryHop(t *testing.T) {
	t.Parallel()
	port := victim(t)
	a := attack{
		plan: plan{Source: "bound", Answers: map[string][]string{"inside.example": {"127.0.0.1"}, "meta.example": {"169.254.169.254"}}},
		answers: map[string]func(net.Conn, *http.Request){
			"/inside": moved("http://inside.example:" + port + "/"), "/meta": moved("//meta.example/latest/meta-data/"), "/port": moved("http://b.example:6379/"),
		},
	}
	r := a.run(t, "http://a.example/inside", "http://a.example/meta", "http://a.example/port")
	r.wantLetter(t, "http://inside.example:"+port+"/", "address", "127.0.0.1")
	r.wantLetter(t, "http://meta.example/latest/meta-data/", "address", "169.254.169.254")
	r.wantLetter(t, "http://b.example:6379/", "port", "6379")
}

func TestRedirectsHaveAnEnd(t *testing.T) {
	t.Parallel()
	a := attack{plan: plan{Source: "bound"}, answers: map[string]func(net.Conn, *http.Request){"/self": moved("/self"), "/a": moved("/b"), "/b": moved("/a")}}
	for i := range 40 {
		a.answers[fmt.Sprintf("/chain%d", i)] = moved(fmt.Sprintf("/chain%d", i+1))
	}
	r := a.run(t, "http://a.example/self", "http://a.example/a", "http://a.example/chain0")
	r.wantRefused(t, "http://a.example/self", "hop_scope_loop", "itself")
	r.wantRefused(t, "http://a.example/chain10", "hop_scope_hops", "more than 10")
	if len(r.Outcomes) > 2*(1+2+11)+2 {
		t.Errorf("%d visits", len(r.Outcomes))
	}
}
