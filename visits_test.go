package main

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// visits is the world's own log: when each host was visited last.
type visits struct {
	gap time.Duration

	mu       sync.Mutex
	ended    map[string]time.Time
	under    map[string]int
	pages    map[string]int
	requests int
	nearest  time.Duration
	early    []error
}

// busiest is the host with most pages that were asked for: between any two of
// them lies its gap.
func (v *visits) busiest() (name string, pages int) {
	of := map[string]int{}
	for page := range v.pages {
		_, page, _ = strings.Cut(page, " ")
		host, _, _ := strings.Cut(page, "/")
		if of[host]++; of[host] > pages {
			name, pages = host, of[host]
		}
	}
	return name, pages
}

// slack is what two clocks of one machine, and the moment between the last
// byte that a server writes and the end of its handler, may differ by.
const slack = 15 * time.Millisecond

func (v *visits) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := strings.ToLower(r.Host)
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		v.enter(host, r.Method+" "+host+r.URL.RequestURI())
		defer func() {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.under[host]--
			v.ended[host] = time.Now()
		}()
		next.ServeHTTP(w, r)
	})
}

func (v *visits) enter(host, page string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.pages == nil {
		v.pages = map[string]int{}
	}
	v.requests++
	v.pages[page]++
	if v.under[host]++; v.under[host] > 1 {
		v.early = append(v.early, fmt.Errorf("%s: a request while another was being answered", page))
	}
	at, ok := v.ended[host]
	if !ok {
		return
	}
	since := time.Since(at)
	if v.nearest == 0 || since < v.nearest {
		v.nearest = since
	}
	if since < v.gap-slack {
		v.early = append(v.early, fmt.Errorf("%s: a request %v after the last answer, the gap is %v", page, since, v.gap))
	}
}
