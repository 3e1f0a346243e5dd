// Package revisit says which pages are worth another visit now, of all that a
// house knows, when there are requests for only some of them.
//
//	Belief   how often a page changes, as far as its own history tells
//	Habits   how often the pages of a view change: where a new page starts
//	Value    what a visit now is worth
//	Choose   the pages that are worth most, within declared bounds
//
// Why so: changes of a page come as a Poisson process, near enough (Cho and
// Garcia-Molina, Estimating frequency of change, 2003), and a visit only tells
// that there was none or at least one. So the belief is a distribution over
// rates, corrected by every visit; a page without a history borrows that of
// its view. A visit is worth the time for which it makes the copy true: a page
// that hardly changes is worth little, and so is one that changes again before
// anybody reads it. To visit always the page of the highest value divides a
// budget as well as any plan that knew the rates, and needs no plan.
//
// Rules that lengthen an interval by so much after each quiet visit and
// shorten it after each change (Nutch, StormCrawler) spend most on the pages
// on which it is lost; the simulation of this package compares.
//
// It refuses to let a page wait beyond its declared maximum, or to visit one
// before its minimum, whatever the value. When a run begins is the campaign's
// cron; this package says with what.
package revisit

import (
	"math"
	"time"
)

// Rates that are told apart, in changes a day: from one in about thirty years
// to one in half an hour, each 1.9 times the one before.
const (
	grid   = 21
	lowest = 1.0 / 10_000
	step   = 1.9
)

func rate(i int) float64 { return lowest * math.Pow(step, float64(i)) }

func days(d time.Duration) float64 { return d.Hours() / 24 }

// A Belief is how probable each rate of change is. The zero Belief is none;
// take Ignorance.
type Belief struct {
	p     [grid]float64 // sums to 1
	rates *[grid]float64
}

// Ignorance believes all rates alike.
func Ignorance() Belief {
	b := Belief{rates: new([grid]float64)}
	for i := range b.p {
		b.p[i], b.rates[i] = 1.0/grid, rate(i)
	}
	return b
}

// A Visit is what a visit of a page told: whether its content differs from
// that of the visit before.
type Visit struct {
	At      time.Time
	Changed bool
	// Modified is when the page changed last, as Last-Modified or a sitemap
	// says; zero: unknown. It counts only between this visit and the one before.
	Modified time.Time
}

// After returns the belief corrected by a visit that came so long after the
// one before. Since is how long before the visit the last change was; negative:
// unknown.
func (b Belief) After(elapsed time.Duration, changed bool, since time.Duration) Belief {
	t, s := days(elapsed), days(since)
	if t <= 0 {
		return b
	}
	var sum float64
	for i, l := range b.rates {
		switch {
		case !changed: // none in t
			b.p[i] *= math.Exp(-l * t)
		case since >= 0 && s <= t: // one just then, and none since
			b.p[i] *= l * math.Exp(-l*s)
		default: // one at least
			b.p[i] *= -math.Expm1(-l * t)
		}
		b.p[i] = max(b.p[i], 1e-300)
		sum += b.p[i]
	}
	for i := range b.p {
		b.p[i] /= sum
	}
	return b
}

// Rate is the expected number of changes a day.
func (b Belief) Rate() float64 {
	var mean float64
	for i, l := range b.rates {
		mean += b.p[i] * l
	}
	return mean
}

// Stale is how probable it is that the page changed within d.
func (b Belief) Stale(d time.Duration) float64 {
	var p float64
	for i, l := range b.rates {
		p += b.p[i] * -math.Expm1(-l*days(d))
	}
	return p
}

// Value is what a visit is worth when the copy is known to have been true d
// ago, in days of truth gained: the rate at which a visit more often would
// lessen the time for which the copy is wrong. It grows with d up to the time
// for which a true copy stays true.
func (b Belief) Value(d time.Duration) float64 {
	var v float64
	for i, l := range b.rates {
		v += b.p[i] * value(l, days(d))
	}
	return v
}

// Outdated is what a visit is worth when the copy is known to be wrong.
func (b Belief) Outdated() float64 {
	var v float64
	for i, l := range b.rates {
		v += b.p[i] * min(1/l, 365)
	}
	return v
}

func value(l, t float64) float64 {
	x := l * t
	if x < 1e-4 {
		return l * t * t / 2
	}
	e := math.Exp(-x)
	return (1 - e - x*e) / l
}

// Interval is how long after a visit the next one is worth that much, from
// least to most: what a page's schedule looks like for a person.
func (b Belief) Interval(worth float64, least, most time.Duration) time.Duration {
	if b.Value(most) < worth {
		return most
	}
	low, high := least, most
	for range 40 {
		if mid := (low + high) / 2; b.Value(mid) < worth {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}
