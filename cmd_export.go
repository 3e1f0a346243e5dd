package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"probity/api/doors"
	"probity/pipeline/archive"
	"probity/pipeline/archive/wacz"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// A selection is which captures are exported: by one of its fields.
type selection struct {
	captures             list
	run, source, dossier string
}

// doExport writes captures as a WACZ file, which replays outside this house.
// These are original bytes, so it leaves an entry in the ledger before the
// file has its name.
func doExport(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("export", &c)
	var s selection
	to := w.String("wacz", "", "the `file` to write")
	w.Var(&s.captures, "capture", "a capture by its `id`; more may follow as arguments")
	w.StringVar(&s.run, "run", "", "every capture of a `run`, robots.txt and redirects too")
	w.StringVar(&s.source, "source", "", "every capture of a `source`")
	w.StringVar(&s.dossier, "dossier", "", "the captures behind a dossier, by USCC, name or `id`")
	rest, err := w.arguments(sh, args, 0, -1, "-wacz FILE (-capture ID... | -run RUN | -source SOURCE | -dossier ID) [-json]")
	if err != nil {
		return err
	}
	if err := s.check(*to, rest); err != nil {
		return err
	}
	if _, err := os.Lstat(*to); err == nil {
		return fmt.Errorf("export %s: %w: 文件已存在 the file is there already: name another, or move it away", *to, evidence.ErrConflict)
	}
	return with(ctx, sh, c, working(c), func(h *house) error {
		e, err := h.export(ctx, s, *to)
		switch {
		case err != nil:
			return err
		case w.json:
			return printJSON(sh.out, e)
		}
		return e.print(sh.out)
	})
}

// check takes the arguments as captures, and wants exactly one way to choose.
func (s *selection) check(to string, rest []string) error {
	if len(s.captures) > 0 {
		s.captures, rest = append(s.captures, rest...), nil
	}
	ways := 0
	for _, set := range []bool{len(s.captures) > 0, s.run != "", s.source != "", s.dossier != ""} {
		if set {
			ways++
		}
	}
	switch {
	case to == "":
		return invalid("export: -wacz FILE names the file to write")
	case len(rest) > 0:
		return invalid("export: nobody knows what %q is: captures are named by -capture", rest[0])
	case ways != 1:
		return invalid("export: name what to export by one of -capture, -run, -source and -dossier")
	}
	return nil
}

// title says what was chosen, for people.
func (s selection) title() string {
	switch {
	case s.run != "":
		return "运行 run " + s.run
	case s.source != "":
		return "来源 source " + s.source
	case s.dossier != "":
		return "档案 dossier " + s.dossier
	case len(s.captures) > 3:
		return fmt.Sprintf("存档 captures %s … (%d)", s.captures[0], len(s.captures))
	}
	return "存档 captures " + strings.Join(s.captures, ", ")
}

// exported is what was written.
type exported struct {
	File string `json:"file"`
	What string `json:"what"`
	wacz.Summary
	Digest string `json:"sha256"`
}

func (e exported) print(w io.Writer) error {
	p := printer{w: w}
	p.line("已导出 exported: %s → %s", e.What, e.File)
	p.line("%d 份存档 captures（%d 个网页 pages），%d 字节 bytes，sha256 %s", e.Captures, e.Pages, e.Bytes, e.Digest)
	if e.Revisits > 0 {
		p.line("其中 %d 份是内容未变的重访，其原文由另一份保存；为此带入未点名的存档 %d 份，逐份见 captures/captures.jsonl", e.Revisits, e.Originals)
		p.line("%d of them are revisits of unchanged content whose bytes another capture holds; %d that nobody named were brought along for them, each told in captures/captures.jsonl", e.Revisits, e.Originals)
	}
	return p.err
}

// export writes the selection to a file that gets its name when it is whole
// and the ledger has its entry.
func (h *house) export(ctx context.Context, s selection, to string) (e exported, err error) {
	f, err := os.CreateTemp(filepath.Dir(to), ".probity-export-*")
	if err != nil {
		return e, fmt.Errorf("export: %w", err)
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name()) // gone when all went well
	}()
	src, ok := h.archive.(wacz.Source)
	if !ok {
		return e, fmt.Errorf("export: %w: this archive hands out no bytes", evidence.ErrUnavailable)
	}
	m := wacz.New(wacz.Options{Source: src, Now: h.now, Software: version, Title: s.title(), Temp: filepath.Dir(f.Name())})
	defer func() { err = errors.Join(err, m.Close()) }()
	if err := h.choose(ctx, s, m); err != nil {
		return e, err
	}
	sum := sha256.New()
	e = exported{File: to, What: s.title()}
	if e.Summary, err = m.Write(ctx, io.MultiWriter(f, sum)); err != nil {
		return e, datadir.Full(to, err)
	}
	if err := f.Sync(); err != nil {
		return e, datadir.Full(to, fmt.Errorf("export: %w", err))
	}
	e.Digest = hex.EncodeToString(sum.Sum(nil))
	note := doors.Access{Who: person(), What: "export", Capture: s.title(), From: "command line", Time: h.now().UTC(), Digest: e.Digest}
	if _, err := h.ledger.Append(ctx, "access", note); err != nil {
		return e, fmt.Errorf("export: the entry in the ledger that original bytes need: %w", err)
	}
	return e, os.Rename(f.Name(), to)
}

// choose adds the captures of a selection. A run or source that has none is
// evidence.ErrNotFound.
func (h *house) choose(ctx context.Context, s selection, m *wacz.Maker) error {
	switch {
	case s.dossier != "":
		return h.chooseDossier(ctx, s.dossier, m)
	case len(s.captures) > 0:
		for _, id := range s.captures {
			if err := m.Add(ctx, id); err != nil {
				return err
			}
		}
		return nil
	}
	n := 0
	err := h.archive.Scan(ctx, func(c evidence.Capture, _ archive.Location) error {
		if c.Run != s.run && s.run != "" || c.Lead.Source != s.source && s.source != "" {
			return nil
		}
		n++
		return m.Add(ctx, c.ID)
	})
	if err == nil && n == 0 {
		err = fmt.Errorf("export: %w: 没有存档 the archive has no capture of %s%s", evidence.ErrNotFound, s.run, s.source)
	}
	return err
}

func (h *house) chooseDossier(ctx context.Context, text string, m *wacz.Maker) error {
	who, err := finder{h}.Find(ctx, text)
	if err != nil {
		return fmt.Errorf("export: %w: 没有这样的主体 nobody bears %q", err, text)
	}
	if who.To == "" {
		return invalid("export: %q 可能指多个主体 may mean several operators: `probity dossier %s` lists them; name one by its id", text, text)
	}
	f, err := h.file(ctx, who.To, doors.When{AsOf: evidence.DateOf(h.now())})
	if err != nil {
		return err
	}
	for _, b := range f.Captures {
		if err := m.Add(ctx, b.ID); err != nil {
			return err
		}
	}
	return nil
}
