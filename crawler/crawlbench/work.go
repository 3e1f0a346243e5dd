package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
	"sync"

	"probity/crawler/collyfetch/yardstick"
	"probity/pipeline/archive/warc"
	"probity/pipeline/evidence"
)

// work is the process of one crawler: it measures itself and says so.
func work(ctx context.Context, out io.Writer, s settings) (err error) {
	if s.dir, err = os.MkdirTemp(s.dir, "crawlbench"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(s.dir) }() // the system cleans what stays
	if s.profile != "" {
		f, err := os.Create(s.profile)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	var f []figure
	switch s.role {
	case "probity":
		f, err = crawl(ctx, s)
	case "courtesy":
		f, err = polite(ctx, s)
	case "colly":
		f, err = stock(s)
	case "sum":
		f, err = sum(s)
	default:
		err = fmt.Errorf("role %q: %w", s.role, evidence.ErrInvalid)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(f)
}

const agent = "probity-bench/0.1 (+https://crawlbench.example)"

func (w *site) yardstick(s settings) yardstick.Site {
	y := yardstick.Site{Address: w.address, Workers: s.workers, Agent: agent}
	for n := range w.hosts {
		y.Domains = append(y.Domains, w.host(n))
	}
	return y
}

func stock(s settings) ([]figure, error) {
	w := newSite(s)
	f, err := measured(func() (int, error) { return yardstick.Stock(w.yardstick(s), w.url(0)) })
	return []figure{f}, err
}

// sum is the bare sum; what is kept is a WARC record with the digests of block
// and payload.
func sum(s settings) ([]figure, error) {
	w := newSite(s)
	file, err := os.Create(filepath.Join(s.dir, "sum.warc.gz"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	var urls []string
	for n := range w.pages {
		urls = append(urls, w.url(n))
	}
	writers := sync.Pool{New: func() any { return new(warc.Writer) }}
	f, err := measured(func() (int, error) {
		pages, _, err := yardstick.Sum(w.yardstick(s), urls, func(url string, body []byte) error {
			out, _ := writers.Get().(*warc.Writer)
			defer writers.Put(out)
			return out.Append(file, warc.Record{Block: body, Fields: []warc.Field{
				{Name: "WARC-Type", Value: "response"}, {Name: "WARC-Target-URI", Value: url}, {Name: "WARC-Payload-Digest", Value: warc.Digest(body)},
			}})
		})
		return pages, err
	})
	return []figure{f}, err
}
