package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Size and links of a page, as the promise states them.
const (
	pageSize  = 25_000
	pageLinks = 40
)

// A site is so many pages spread over so many hosts, all of them linked from
// page 0. A page is a function of its number.
type site struct {
	pages, hosts int
	address      string // where all hosts listen
	blocks       [][]byte
	book         book // of what was asked for
}

func newSite(s settings) *site {
	w := &site{pages: s.pages, hosts: s.hosts, address: s.address}
	r := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 600)
	for i := range words {
		words[i] = string([]rune{rune(0x4e00 + r.IntN(3000)), rune(0x4e00 + r.IntN(3000))})
	}
	for range 256 {
		var b bytes.Buffer
		b.WriteString(`<li class="item"><span class="no">`)
		fmt.Fprintf(&b, `深市监罚〔2026〕%d号</span><p>`, r.IntN(100_000))
		for b.Len() < 420 {
			b.WriteString(words[min(r.IntN(len(words)), r.IntN(len(words)))])
			if r.IntN(7) == 0 {
				b.WriteString("，")
			}
		}
		b.WriteString("</p>")
		w.blocks = append(w.blocks, b.Bytes())
	}
	return w
}

// port is that of the server.
func (w *site) port() string {
	_, port, _ := net.SplitHostPort(w.address)
	return port
}

// host is the name of one host, without its port.
func (w *site) host(n int) string { return fmt.Sprintf("h%d.crawlbench.example", n) }

func path(n int) string { return "/notice/" + strconv.Itoa(n) + ".html" }

// url is the address of a page.
func (w *site) url(n int) string {
	return "http://" + w.host(n%w.hosts) + ":" + w.port() + path(n)
}

// links are the pages that a page leads to: two by which everything is
// reached, eight anywhere, the others on the same host.
func (w *site) links(n int, r *rand.Rand) []string {
	out := make([]string, 0, pageLinks)
	for _, child := range []int{2*n + 1, 2*n + 2} {
		if child < w.pages {
			out = append(out, w.url(child))
		}
	}
	for len(out) < 10 {
		out = append(out, w.url(r.IntN(w.pages)))
	}
	for len(out) < pageLinks {
		out = append(out, path(n%w.hosts+w.hosts*r.IntN(max(1, w.pages/w.hosts))))
	}
	return out
}

// page writes a page.
func (w *site) page(b *bytes.Buffer, n int) {
	r := rand.New(rand.NewPCG(uint64(n), 3))
	fmt.Fprintf(b, `<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>行政处罚信息公示 %d</title>`+
		`<link rel="stylesheet" href="/style.css"></head><body><div class="nav"><ul>`, n)
	for i, link := range w.links(n, r) {
		b.Write(w.blocks[r.IntN(len(w.blocks))])
		fmt.Fprintf(b, `<a class="more" target="_blank" href="%s" title="第%d条">查看详情</a></li>`+"\n", link, i)
	}
	const end = "</ul></div></body></html>\n"
	for b.Len() < pageSize-len(end) {
		rest := w.blocks[r.IntN(len(w.blocks))]
		if room := pageSize - len(end) - b.Len(); len(rest) > room {
			rest = bytes.Repeat([]byte("\n"), room)
		}
		b.Write(rest)
	}
	b.WriteString(end)
}

const robotsFile = `User-agent: *
Disallow: /admin/
Disallow: /search?
Disallow: /*.php$
Allow: /notice/
Crawl-delay: 0

User-agent: badbot
Disallow: /
`

// serve is the server's process: it says where it listens, and ends with its
// standard input.
func serve(ctx context.Context, out io.Writer, s settings) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.address = l.Addr().String()
	w := newSite(s)
	if _, err := fmt.Fprintln(out, s.address); err != nil {
		return err
	}
	server := &http.Server{Handler: w, ReadHeaderTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}

// ServeHTTP implements http.Handler.
func (w *site) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Path == tallied {
		w.book.tell(rw, r, w.hosts)
		return
	}
	if r.URL.Path == "/robots.txt" {
		rw.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(rw, robotsFile)
		return
	}
	name, ok := strings.CutPrefix(strings.TrimSuffix(r.URL.Path, ".html"), "/notice/")
	n, err := strconv.Atoi(name)
	if !ok || err != nil || n < 0 || n >= w.pages {
		http.NotFound(rw, r)
		return
	}
	began := time.Now()
	var b bytes.Buffer
	b.Grow(pageSize + 1000)
	w.page(&b, n)
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.book.visit(r.Host, began) // the visitor has the end no earlier; after the write he may have it long before this goes on
	_, _ = rw.Write(b.Bytes())
}
