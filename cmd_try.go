package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"probity/api/words"
	"probity/crawler"
	"probity/crawler/sqlitefrontier"
	"probity/extractors"
	"probity/pipeline/archive"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// doSourceTry fetches a few pages of a source as a crawl would, with its
// manners and by leave of robots.txt, and shows what would be read from them.
// It works in a temporary directory: nothing is kept.
func doSourceTry(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("source try", &c)
	pages := w.Int("pages", 5, "fetch at most so many `pages`")
	files, err := w.arguments(sh, args, 1, 1, "[-pages N] [-json] FILE")
	if err != nil {
		return err
	}
	src, err := readSource(c, files[0])
	if err != nil {
		return err
	}
	if src.Profile || len(src.Start) == 0 {
		return invalid("%s 没有起始页面 declares no start page: hand files over with `probity intake %s FILE --from WHO`", files[0], src.ID)
	}
	c = c.alone() // nothing of a trial is anybody else's
	if c.Data, err = os.MkdirTemp("", "probity-try-"); err != nil {
		return fmt.Errorf("try %s: %w", files[0], err)
	}
	defer func() { _ = os.RemoveAll(c.Data) }()
	h, err := openHouse(ctx, sh, c, datadir.Work, embed.FS{})
	if err != nil {
		return err
	}
	t := trial{house: h, shell: sh, src: src, json: w.json}
	return errors.Join(t.run(ctx, *pages), h.close())
}

// A trial is a look at a few pages of one source.
type trial struct {
	*house
	shell
	src  evidence.Source
	json bool
}

func (t *trial) run(ctx context.Context, pages int) error {
	once := t.policy()
	once.Attempts, once.Strikes = 1, 1 // a person waits
	var err error
	if t.laptop.frontier, err = sqlitefrontier.Open(ctx, t.db, once, t.house.now); err != nil {
		return err
	}
	t.frontier, t.changed = t.laptop.frontier, t.laptop.frontier.Changed()
	hosts := map[string]bool{}
	for _, st := range t.src.Start {
		l, err := evidence.NewLead(t.src.ID, st.URL)
		if err != nil {
			return err
		}
		hosts[l.Host()] = true
	}
	c := t.set.Hold(t.src, evidence.Budget{Requests: pages + len(hosts)}) // robots.txt is asked for as well
	if err := t.guard(); err != nil {
		return err
	}
	run, err := t.begin(ctx, c, beginning{who: "source try"})
	if err != nil {
		return err
	}
	if err := t.seed(ctx, run, c); err != nil {
		return err
	}
	if err := t.gather(ctx, run, c, func(Progress) {}); err != nil {
		return err
	}
	return t.tell(ctx, run.ID)
}

// tell shows every page that was fetched and what it says, then the leads
// that came to nothing.
func (t *trial) tell(ctx context.Context, run string) error {
	read := 0
	err := t.archive.Scan(ctx, func(c evidence.Capture, _ archive.Location) error {
		if !readable(c) {
			return nil
		}
		x, err := t.archive.Open(ctx, c.ID)
		if err != nil {
			return err
		}
		reading, fault := extractors.Read(t.settings(t.src), "", x)
		if fault != nil && !errors.Is(fault, evidence.ErrInvalid) {
			return fault
		}
		if fault == nil {
			read++
		}
		return t.page(x.Capture, reading, fault)
	})
	if err != nil {
		return err
	}
	lost, err := t.lost(ctx, run)
	if err != nil {
		return err
	}
	p := printer{w: t.out}
	for _, why := range lost {
		if !t.json {
			p.line("✗ %s", why)
		}
	}
	if read == 0 && p.err == nil {
		return fmt.Errorf("try %s: %w: 没有读到一页 no page could be read: %s", t.src.ID, evidence.ErrUnavailable, strings.Join(lost, "; "))
	}
	if !t.json {
		p.line("试读完毕，未保存任何内容 tried %d pages; nothing was kept", read)
	}
	return p.err
}

// lost says what became of the leads that brought no page.
func (t *trial) lost(ctx context.Context, run string) (lost []string, err error) {
	err = t.frontier.Leads(ctx, run, func(l evidence.Lead, state, reason string) {
		if state == string(crawler.Refused) {
			lost = append(lost, l.URL+" 不许访问 refused: "+reason)
		}
	})
	if err != nil {
		return nil, err
	}
	letters, _, err := t.frontier.DeadLetters(ctx, run, "", 10)
	for _, l := range letters {
		if l.Reason != "budget" {
			lost = append(lost, l.Lead.URL+" "+fault(l.Reason)+" "+l.Detail)
		}
	}
	return lost, err
}

const shownRecords = 5

// page shows one page.
func (t *trial) page(c evidence.Capture, r evidence.Reading, fault error) error {
	if t.json {
		said := map[string]any{"capture": c, "reading": r}
		if fault != nil {
			said["fault"] = fault.Error()
		}
		return json.NewEncoder(t.out).Encode(said)
	}
	p := printer{w: t.out}
	p.line("● %s  HTTP %d  %s  %s %s  robots: %s", c.Lead.URL, c.Status, size(c.Size), c.Charset.Name, c.Charset.By, c.Robots.Reason)
	if fault != nil {
		p.line("  ✗ %v", fault)
		return p.err
	}
	p.line("  行 rows %d = 记录 records %d + 隔离 quarantined %d + 跳过 skipped %d", r.Rows, len(r.Records), len(r.Quarantined), total(r.Skipped))
	for i, rec := range r.Records {
		if i == shownRecords {
			p.line("  …另有 and %d 条 records more", len(r.Records)-i)
			break
		}
		showRecord(&p, rec)
	}
	for _, q := range r.Quarantined {
		p.line("  隔离 quarantined: %s: %s", q.Reason, strings.Join(strings.Fields(q.Text), " "))
	}
	for _, label := range sortedKeys(r.Unread) {
		p.line("  未读栏目 unread label %q ×%d: 请声明为字段或注明不采集的原因 declare it as a field, or ignore it with a reason", label, r.Unread[label])
	}
	for _, l := range r.Leads {
		p.line("  → %s %s %s", l.Method, l.URL, l.View)
	}
	return p.err
}

func total(m map[string]int) (n int) {
	for _, k := range m {
		n += k
	}
	return n
}

// showRecord writes a record as a person reads it.
func showRecord(p *printer, rec evidence.Record) {
	p.line("  ▪ %s", words.Type(rec.Type))
	for _, party := range rec.Parties {
		var ids []string
		for _, id := range party.Identifiers {
			ids = append(ids, words.Of("scheme", string(id.Scheme)).Zh+" "+id.Value)
		}
		for _, u := range party.Unchecked {
			ids = append(ids, "未通过校验 unchecked "+u)
		}
		role := "主体 subject"
		if party.Role != evidence.RoleSubject {
			role = "其他 other"
		}
		p.line("      %s: %s  %s", role, party.Name, strings.Join(ids, "，"))
	}
	for _, l := range words.Lines(rec.Type, rec.Fields) {
		p.line("      %s %s: %s", l.Title, l.Name, l.Value)
	}
	for _, f := range sortedKeys(rec.Marks) {
		p.line("      ! %s: %s", f, rec.Marks[f])
	}
}
