package traps

import "sync"

// Likes count nearly equal pages, by whatever group they are counted in. Safe
// for concurrent use.
type Likes struct {
	mu     sync.Mutex
	groups map[string]*group
}

type group struct {
	shelf *Shelf
	times map[string]int // pages like the one of that id, itself included
}

const (
	maxGroups = 5_000 // beyond it the groups are forgotten and counted anew
	maxPrints = 2_000 // of a group
	leastLike = 20    // features below which all texts are alike
)

// NewLikes returns one that has seen nothing.
func NewLikes() *Likes { return &Likes{groups: map[string]*group{}} }

// Beyond takes a page of a group and returns the id of the page that it nearly
// equals, if more than most such pages have come, this one included; else "".
func (l *Likes) Beyond(most int, in, id, text string) string {
	p, features := PrintOf(text)
	if features < leastLike {
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.groups[in]
	if g == nil {
		if len(l.groups) >= maxGroups {
			clear(l.groups)
		}
		g = &group{NewShelf(maxPrints), map[string]int{}}
		l.groups[in] = g
	}
	first, _ := g.shelf.Near(p)
	if first == "" {
		if len(g.times) >= 2*maxPrints { // most of them have left the shelf
			clear(g.times)
		}
		g.shelf.Put(id, p)
		g.times[id] = 1
		return ""
	}
	if g.times[first]++; g.times[first] > most {
		return first
	}
	return ""
}
