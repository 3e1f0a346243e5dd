package pages

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"probity/api/doors"
	"probity/api/gate"
	"probity/api/problem"
	"probity/api/see"
	"probity/api/words"
	"probity/pipeline/evidence"
)

// fact is the page of one fact: what it says, its state, what states it.
func (p *Pages) fact(ctx context.Context, a ask) (view, error) {
	f, err := p.doors.Evidence.Fact(ctx, a.PathValue("id"), a.When)
	if err != nil {
		return view{}, err
	}
	if !a.Role.Fact(f.Fact, a.When.AsOf, a.Today) {
		return view{}, problem.New("withheld", "")
	}
	data := struct {
		doors.Fact
		Row        row
		Statements []statement
	}{f, row{f.Fact, f.Fact.State(a.When.AsOf)}, statements(f.Records)}
	return view{template: "fact.html", title: words.Type(f.Fact.Type).Zh + " " + words.Name(f.Fact.Type, f.Fact.Fields, f.Fact.Key), data: data}, nil
}

// record is the page of one record: its versions and where each stood.
func (p *Pages) record(ctx context.Context, a ask) (view, error) {
	r, err := p.doors.Evidence.Record(ctx, a.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	if !a.Role.Any(r.Facts) {
		return view{}, problem.New("withheld", "")
	}
	return view{template: "record.html", title: "记录 Record", data: r}, nil
}

// A piece is a stretch of a capture's text.
type piece struct {
	Text    string
	Passage bool
	Link    string // of what facts were read from: itself as the passage
	Leaf    int    // number of the document's page that begins here
}

// whole is how many runes of a text are shown at once.
const whole = 60000

// capture is the page of one capture: its text with the passage marked, and
// the way from every cited passage up to facts, entities and grades.
func (p *Pages) capture(ctx context.Context, a ask) (view, error) {
	c, err := p.doors.Evidence.Capture(ctx, a.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	start, end, err := span(a.URL.Query())
	if err != nil {
		return view{}, err
	}
	all, err := p.doors.Evidence.Citing(ctx, c.Capture.Content, 0, 0)
	if err != nil {
		return view{}, err
	}
	runes := []rune(a.Role.Text(c.Text, all))
	if end > len(runes) {
		return view{}, problem.Wrong("end", fmt.Sprintf("这页只有 %d 字 the page has %d characters", len(runes), len(runes)))
	}
	marks := a.Role.Marks(all)
	slices.SortStableFunc(marks, func(x, y doors.Mark) int { return cmp.Compare(x.Citation.Place.Start, y.Citation.Place.Start) })
	from, to := 0, len(runes)
	if to > whole && a.URL.Query().Get("all") == "" {
		from = max(0, start-whole/4)
		to = min(len(runes), max(end, start)+whole/2)
	}
	data := struct {
		doors.Capture
		Pieces     []piece
		Here       []upward // what the passage itself carries
		Others     []upward // what else on the page does
		Start, End int
		From, To   int
		Runes      int
		Hidden     int
		Visit      string // run of a visit that was just asked for
		Leaf       int    // of the document on which the passage begins
	}{Visit: a.URL.Query().Get("visit"), Capture: c, Start: start, End: end, From: from, To: to, Runes: len(runes), Hidden: len(all) - len(marks)}
	data.Pieces = leaved(pieces(runes[from:to], from, c.Capture.Content, marks, start, end), from, c.Leaves)
	if end > 0 {
		data.Leaf = leafOf(c.Leaves, start)
	}
	data.Here, data.Others = upwards(marks, start, end)
	return view{template: "capture.html", title: cmp.Or(c.Title, c.Capture.Lead.URL), data: data}, nil
}

// span reads start and end.
func span(v url.Values) (start, end int, err error) {
	for _, x := range []struct {
		name string
		to   *int
	}{{"start", &start}, {"end", &end}} {
		if v.Get(x.name) == "" {
			continue
		}
		if *x.to, err = strconv.Atoi(v.Get(x.name)); err != nil || *x.to < 0 {
			return 0, 0, problem.Wrong(x.name, "要非负整数 want a number of characters from 0")
		}
	}
	if end < start {
		return 0, 0, problem.Wrong("end", "不能在 start 之前 must not lie before start")
	}
	return start, end, nil
}

// pieces cuts a text, whose first rune is that of number base, at the passage
// and at what else was cited.
func pieces(runes []rune, base int, content string, marks []doors.Mark, start, end int) []piece {
	link := make([]string, len(runes))
	width := make([]int, len(runes))
	for _, m := range marks {
		pl := m.Citation.Place
		for i := max(0, pl.Start-base); i < min(len(runes), pl.End-base); i++ {
			if width[i] == 0 || pl.End-pl.Start < width[i] {
				link[i], width[i] = string(passage(content, pl.Start, pl.End)), pl.End-pl.Start
			}
		}
	}
	in := func(i int) bool { return base+i >= start && base+i < end }
	var out []piece
	for i := 0; i < len(runes); {
		j := i + 1
		for j < len(runes) && in(j) == in(i) && (in(i) || link[j] == link[i]) {
			j++
		}
		x := piece{Text: string(runes[i:j]), Passage: in(i)}
		if !x.Passage {
			x.Link = link[i]
		}
		out = append(out, x)
		i = j
	}
	return out
}

// leafOf is the page of a document on which a rune stands; 0: it has none.
func leafOf(leaves []evidence.Leaf, at int) (page int) {
	for _, l := range leaves {
		if l.Start <= at {
			page = l.Page
		}
	}
	return page
}

// leaved parts pieces where a page of the document begins, so that its number
// can be shown there. Pieces begin with the rune of number base.
func leaved(all []piece, base int, leaves []evidence.Leaf) []piece {
	if len(leaves) == 0 {
		return all
	}
	var out []piece
	for _, p := range all {
		runes := []rune(p.Text)
		from := 0
		for _, l := range leaves {
			at := l.Start - base
			if at < from || at >= len(runes) {
				continue
			}
			if at > from {
				head := p
				head.Text = string(runes[from:at])
				out, p.Leaf, from = append(out, head), 0, at
			}
			p.Leaf = l.Page
		}
		p.Text = string(runes[from:])
		out, base = append(out, p), base+len(runes)
	}
	return out
}

// upward is the way from a record's passages up to what they bear on.
type upward struct {
	doors.Mark
	Places []evidence.Citation
}

// upwards sums marks by record: those that touch the passage, and the others.
func upwards(marks []doors.Mark, start, end int) (here, others []upward) {
	touched := map[string]bool{}
	at := map[string]int{}
	var all []upward
	for _, m := range marks {
		i, ok := at[m.Record]
		if !ok {
			i = len(all)
			at[m.Record] = i
			all = append(all, upward{Mark: m})
		}
		all[i].Places = append(all[i].Places, m.Citation)
		if pl := m.Citation.Place; pl.Start < end && start < pl.End {
			touched[m.Record] = true
		}
	}
	for _, u := range all {
		if touched[u.Record] {
			here = append(here, u)
		} else {
			others = append(others, u)
		}
	}
	return here, others
}

// original hands the operator the bytes as they came, and leaves an entry.
func (p *Pages) original(w http.ResponseWriter, r *http.Request) {
	if !p.gate.Reader(r).May(see.OriginalBytes) {
		http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.Path), http.StatusSeeOther)
		return
	}
	id := r.PathValue("id")
	x, err := doors.Open(r.Context(), p.doors, doors.Access{Who: "operator", Capture: id, From: gate.From(r), Time: p.now()})
	if err != nil {
		p.Problem(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+strings.Trim(short(x.Capture.Content), "…")+`.bin"`)
	h.Set("Cache-Control", "no-store")
	h.Set("Digest", "sha-256="+evidence.DigestBytes(x.Body))
	if _, err := w.Write(x.Body); err != nil {
		p.log.WarnContext(r.Context(), "original bytes were not all sent", slog.Any("error", err))
	}
}

// attached shows the operator what was made of a page, and leaves an entry.
func (p *Pages) attached(w http.ResponseWriter, r *http.Request) {
	if !p.gate.Reader(r).May(see.OriginalBytes) {
		http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.Path), http.StatusSeeOther)
		return
	}
	a := doors.Access{Who: "operator", Capture: r.PathValue("id"), From: gate.From(r), Time: p.now()}
	shown, body, err := doors.OpenAttached(r.Context(), p.doors, a, r.PathValue("kind"))
	if err != nil {
		p.Problem(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", shown.Type)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Digest", "sha-256="+evidence.DigestBytes(body))
	if _, err := w.Write(body); err != nil { //nolint:gosec // a picture or plain text, in a sandbox
		p.log.WarnContext(r.Context(), "an attachment was not all sent", slog.Any("error", err))
	}
}
