package traps

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
)

// SoftError is the reason for a page that says "not found" with a status of
// 200 (a soft 404).
const SoftError = "soft_404"

// Errors are the error pages of hosts, as they were learned: from answers
// with an error status, and from a probe, the answer to an address that
// cannot exist. Safe for concurrent use.
type Errors struct {
	mu    sync.Mutex
	hosts map[string]*faces
}

// faces are the error pages of one host.
type faces struct {
	list   []face
	probed bool
}

// A face is what an error page looks like.
type face struct {
	print    Print
	features int
	title    string
}

const (
	maxFaces = 8      // of one host
	maxHosts = 20_000 // that are remembered
)

// NewErrors returns one that has learned nothing.
func NewErrors() *Errors { return &Errors{hosts: map[string]*faces{}} }

// Probe returns a path of chance to ask a host for, the same for the same
// salt: what the host answers to it is its error page, whatever the status.
// ok is false where the host was probed already.
func (e *Errors) Probe(host, salt string) (path string, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.at(host)
	if f == nil || f.probed {
		return "", false
	}
	f.probed = true
	sum := sha256.Sum256([]byte("probe\x00" + host + "\x00" + salt))
	return "/" + hex.EncodeToString(sum[:12]) + ".html", true
}

func (e *Errors) at(host string) *faces {
	f := e.hosts[host]
	if f == nil && len(e.hosts) < maxHosts {
		f = &faces{}
		e.hosts[host] = f
	}
	return f
}

// Learn takes the text of an error page of a host.
func (e *Errors) Learn(host, title, text string) {
	p, n := PrintOf(text)
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.at(host)
	if f == nil || n == 0 && title == "" {
		return
	}
	for _, known := range f.list {
		if known.print == p && known.title == title {
			return
		}
	}
	if len(f.list) == maxFaces {
		f.list = f.list[1:]
	}
	f.list = append(f.list, face{p, n, title})
}

// Is reports whether a page with a good status is one of the host's error
// pages: nearly the same text of nearly the same length under the same title.
func (e *Errors) Is(host, title, text string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.hosts[host]
	if f == nil || len(f.list) == 0 {
		return false
	}
	p, n := PrintOf(text)
	for _, known := range f.list {
		if known.title != title || abs(n-known.features)*10 > known.features+10 {
			continue
		}
		// An error page names the address that was asked for, so a short one
		// differs by more bits than a long one.
		bound := Near
		if known.features < 60 {
			bound = 2 * Near
		}
		if p.Distance(known.print) <= bound {
			return true
		}
	}
	return false
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// Says reports whether a title or the beginning of a short page speaks of
// nothing found, in Chinese or English. It is a hint that a page should be
// looked at, not a verdict.
func Says(title, text string) bool {
	if len(text) > 2000 {
		text = ""
	}
	for _, s := range []string{strings.ToLower(title), strings.ToLower(text)} {
		for _, word := range []string{"404", "not found", "页面不存在", "找不到页面", "您访问的页面", "页面已删除", "页面丢失", "頁面不存在", "资源不存在"} {
			if strings.Contains(s, word) {
				return true
			}
		}
	}
	return false
}
