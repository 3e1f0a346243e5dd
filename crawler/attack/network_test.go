package attack_test

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"testing"

	"probity/crawler"
)

// inside are addresses that no public host has: by IANA's special-purpose
// registries (RFC 6890 and after), clouds' metadata, and every form in which
// IPv6 carries an IPv4 address.
func inside() []string {
	return []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255",
		"169.254.0.1", "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
		"64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1", "3fff::1", "100::1", "5f00::1",
		"::ffff:0:127.0.0.1", "fe80::1%1",
	}
}

func TestNoNameLeadsInside(t *testing.T) {
	t.Parallel()
	port := victim(t)
	a := attack{plan: plan{Answers: map[string][]string{}}}
	var leads []string
	for i, address := range inside() {
		host := fmt.Sprintf("h%d.example", i)
		a.plan.Answers[host] = []string{address}
		leads = append(leads, fmt.Sprintf("http://%s:%s/", host, port))
	}
	r := a.run(t, leads...)
	for i, u := range leads {
		r.wantLetter(t, u, "address", "no public address", netip.MustParseAddr(inside()[i]).String())
	}
	if len(r.Dialled) > 0 {
		t.Errorf("dialled %v", r.Dialled)
	}
}

func TestNoAddressInAURLLeadsInside(t *testing.T) {
	t.Parallel()
	port := victim(t)
	var leads []string
	for _, host := range []string{
		"127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "0", "0x0", "127.0.0.1.", "1.0x7f.0x0.1",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[fe80::1]",
		"１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "%31%32%37.0.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe", "[fd00:ec2::254]",
	} {
		leads = append(leads, "http://"+host+":"+port+"/")
	}
	r := attack{}.run(t, leads...)
	for _, u := range leads {
		if i := slices.IndexFunc(r.Outcomes, func(o outcome) bool { return o.URL == u && o.Result != crawler.Returned }); i < 0 || !slices.Contains([]string{"address", "scope_url", "invalid"}, r.Outcomes[i].Reason) {
			t.Errorf("%s was neither refused nor given up", u)
		}
		r.wantNoPage(t, u)
	}
	if len(r.Dialled) > 0 {
		t.Errorf("dialled %v", r.Dialled)
	}
}

// A name is looked up once a connection, and what is dialled is the address
// that was judged: there is no second answer to be changed.
func TestANameThatChangesItsAnswerGainsNothing(t *testing.T) {
	t.Parallel()
	port := victim(t)
	say := once(okay + "Connection: close\r\nContent-Length: 2\r\n\r\nok")
	a := attack{
		plan:    plan{Answers: map[string][]string{"rebound.example": {"8.8.8.8", "8.8.4.4", "127.0.0.1"}}},
		answers: map[string]func(net.Conn, *http.Request){"/robots.txt": once("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), "/1": say, "/2": say},
	}
	u := "http://rebound.example:" + port
	r := a.run(t, u+"/1", u+"/2")
	if want := []string{"8.8.8.8:" + port, "8.8.4.4:" + port}; !slices.Equal(r.Dialled, want) {
		t.Errorf("dialled %v, want %v", r.Dialled, want)
	}
	r.wantLetter(t, u+"/2", "address", "127.0.0.1")
}

func TestOfMixedAnswersOnlyThePublicIsDialled(t *testing.T) {
	t.Parallel()
	port := victim(t)
	a := attack{
		plan:    plan{Answers: map[string][]string{"mixed.example": {"127.0.0.1 ::1 169.254.169.254 8.8.4.4 10.0.0.1"}}},
		answers: map[string]func(net.Conn, *http.Request){"/": once(okay + "Content-Length: 2\r\n\r\nok")},
	}
	r := a.run(t, "http://mixed.example:"+port+"/")
	for _, d := range r.Dialled {
		if d != "8.8.4.4:"+port {
			t.Errorf("dialled %s", d)
		}
	}
	if len(r.Captures) != 1 {
		t.Errorf("captures = %+v", r.Captures)
	}
}

func TestPortsAndSchemesOfOthersAreNotSpokenTo(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for _, port := range []int{1, 19, 21, 22, 23, 25, 53, 110, 111, 143, 389, 445, 465, 587, 993, 2049, 2375, 2379, 3306, 3389, 5432, 5900, 6379, 6667, 9200, 11211, 27017} {
		want[fmt.Sprintf("http://a.example:%d/", port)] = "port"
	}
	for _, u := range []string{"file:///etc/passwd", "ftp://a.example/", "gopher://a.example:70/_x", "data:text/html,x", "javascript:alert(1)", "jar:http://a.example!/", "ws://a.example/", "unix:/run/docker.sock", "http://", "http://user:secret@a.example/"} {
		want[u] = "scope_url"
	}
	var leads []string
	for u := range want {
		leads = append(leads, u)
	}
	r := attack{}.run(t, leads...)
	for u, reason := range want {
		if reason == "port" {
			r.wantLetter(t, u, reason)
		} else {
			r.wantRefused(t, u, reason)
		}
	}
	if len(r.Dialled) > 0 {
		t.Errorf("dialled %v", r.Dialled)
	}
}
