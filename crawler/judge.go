package crawler

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"probity/pipeline/evidence"
)

// judge says what an answer means for its lead and its host.
//
//	2xx                 done
//	301 302 303 307 308 done, and another lead; refused if that is out of scope
//	429 503             the host rests, the lead waits uncounted
//	408 425 5xx         tried again, later and later; then a dead letter
//	all other           a dead letter, the answer being kept: 404 and 410 say
//	                    something, but not that nothing was found
//
// An error answer is a capture of its own content, so it never takes the
// place of a good one.
func (v *Visitor) judge(s Settlement, e evidence.Exchange, m evidence.Manners) Settlement {
	status := e.Capture.Status
	o := Outcome{Result: Done}
	word := "http_" + strconv.Itoa(status)
	words := fmt.Sprintf("%s answered %d %s", e.Capture.Lead.URL, status, http.StatusText(status))
	switch {
	case e.Capture.Lead.View == evidence.ProbeView && status < 500 && status != http.StatusTooManyRequests:
		// that there is no such page is what was asked
	case e.Capture.SoftError != "":
		o = Outcome{Result: Failed, Reason: e.Capture.SoftError, Detail: words + ", with a page that is this host's error page"}
	case status >= 200 && status < 300:
	case redirects(status):
		to, err := v.Scope.Follow(e.Capture.Lead, status, e.Capture.Location)
		if err != nil {
			o = Outcome{Result: Refused, Reason: "hop_" + reasonOf(err).Reason, Detail: err.Error()}
			break
		}
		s.Follow = append(s.Follow, to)
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		o = Outcome{Result: Retry, Reason: word, Detail: words, Busy: &Busy{Base: m.Backoff, RetryAfter: RetryAfter(e, v.Now())}}
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		o = Outcome{Result: Retry, Reason: word, Detail: words, After: max(v.Policy.Pause(s.Lease.Attempt, m.Backoff), RetryAfter(e, v.Now()))}
	default:
		o = Outcome{Result: Failed, Reason: word, Detail: words}
	}
	s.Outcome = o
	return s
}

// troubled reports whether an answer says that its server has trouble: then
// the host is asked more slowly, as it is after a slow answer.
func troubled(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// judgeFault says what it means that no answer came.
func (v *Visitor) judgeFault(err error, l Lease, m evidence.Manners) Outcome {
	f := reasonOf(err)
	o := Outcome{Result: Retry, Reason: f.Reason, Detail: err.Error()}
	wait, _ := evidence.Delay(err)
	switch {
	case errors.Is(err, evidence.ErrUnavailable) && f.Host:
		o.Busy = &Busy{Base: m.Backoff, RetryAfter: wait}
	case evidence.Final(err):
		o.Result = Failed
	default:
		o.After = max(v.Policy.Pause(l.Attempt, m.Backoff), wait)
	}
	return o
}

// Adopt is the settlement of an exchange that the archive holds, but that a
// crash kept from being settled: what the visitor would have said of it. The
// desk has to settle it by its lead's key, once.
func (v *Visitor) Adopt(c evidence.Capture, h http.Header) Settlement {
	v.once.Do(v.defaults)
	s := Settlement{Lease: Lease{Run: c.Run, Lead: c.Lead, Attempt: c.Attempt}, Capture: &c}
	m := v.Manners
	if src, err := v.Sources.Source(c.Lead.Source); err == nil {
		m = v.manners(src)
	}
	s = v.judge(s, evidence.Exchange{Capture: c, Header: h}, m)
	s.Kept, s.Outcome.Requests = []string{c.ID}, 1
	return s
}
