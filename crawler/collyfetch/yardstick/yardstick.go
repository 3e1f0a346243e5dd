// Package yardstick crawls with colly as others do, and with as little as can
// be, to measure beside. It is for package crawlbench: nothing of the house
// stands on it.
package yardstick

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/gocolly/colly/v2"
	"golang.org/x/net/html"
)

// A Site is what is crawled.
type Site struct {
	Address string   // at which every host listens
	Domains []string // with their port, as colly compares them
	Workers int      // requests at once
	Agent   string
}

// collector is colly as it comes, but for the address and an idle connection a
// host, which keep-alive needs.
func (s Site) collector(o ...colly.CollectorOption) *colly.Collector {
	c := colly.NewCollector(append(o, colly.UserAgent(s.Agent))...)
	c.WithTransport(&http.Transport{
		MaxIdleConns: 256, MaxIdleConnsPerHost: s.Workers,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, s.Address)
		},
	})
	return c
}

// Stock crawls from a page in colly's own loop, and returns how many pages it
// got.
func Stock(s Site, start string) (int, error) {
	c := s.collector(colly.AllowedDomains(s.Domains...), colly.Async())
	if err := c.Limit(&colly.LimitRule{DomainGlob: "*", Parallelism: s.Workers}); err != nil {
		return 0, err
	}
	var pages atomic.Int64
	c.OnHTML("a[href]", func(e *colly.HTMLElement) { _ = e.Request.Visit(e.Attr("href")) }) // most were visited
	c.OnResponse(func(*colly.Response) { pages.Add(1) })
	if err := c.Visit(start); err != nil {
		return 0, err
	}
	c.Wait()
	return int(pages.Load()), nil
}

// Sum fetches pages, finds their links and hands their bodies to keep, which is
// called by several at once. It returns how many pages and links there were.
func Sum(s Site, urls []string, keep func(url string, body []byte) error) (pages, links int, err error) {
	c := s.collector(colly.AllowURLRevisit())
	var found atomic.Int64
	c.OnResponse(func(r *colly.Response) {
		n, err := count(r.Body)
		if err == nil {
			err = keep(r.Request.URL.String(), r.Body)
		}
		found.Add(int64(n))
		r.Ctx.Put("error", err)
	})
	var wg sync.WaitGroup
	var mu sync.Mutex
	var problems []error
	todo := make(chan string)
	for range s.Workers {
		wg.Go(func() {
			for u := range todo {
				ctx := colly.NewContext()
				err := c.Request(http.MethodGet, u, nil, ctx, nil)
				if kept, _ := ctx.GetAny("error").(error); err != nil || kept != nil {
					mu.Lock()
					problems = append(problems, fmt.Errorf("page %s: %w", u, errors.Join(err, kept)))
					mu.Unlock()
				}
			}
		})
	}
	for _, u := range urls {
		todo <- u
	}
	close(todo)
	wg.Wait()
	return len(urls) - len(problems), int(found.Load()), errors.Join(problems...)
}

// count walks through a page once and counts the links.
func count(body []byte) (int, error) {
	n := 0
	for z := html.NewTokenizer(bytes.NewReader(body)); ; {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return n, err
			}
			return n, nil
		case html.StartTagToken:
			if name, more := z.TagName(); len(name) == 1 && name[0] == 'a' {
				for more {
					var key []byte
					if key, _, more = z.TagAttr(); string(key) == "href" {
						n++
					}
				}
			}
		default:
		}
	}
}
