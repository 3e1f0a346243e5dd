package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"probity/pipeline/archive/audit"
	"probity/pipeline/datadir"
)

func doArchive(ctx context.Context, sh shell, c Config, args []string) error {
	return dispatch(ctx, sh, c, "archive", []verb{{"check", "[-repair] [-json]", doArchiveCheck}}, args)
}

// errUnsound ends a check that found what is not right; it was printed. Its
// exit code is 1.
var errUnsound = errors.New("存档有误 the archive is not sound: see above")

// doArchiveCheck reads the archive whole and says all that is wrong with it:
// exit code 0 where nothing is, or is any more, 1 where something is, 2 where
// it could not be asked so.
func doArchiveCheck(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("archive check", &c)
	repair := w.Bool("repair", false, "cut torn ends as the next start would, and make indexes beside segments again")
	if _, err := w.arguments(sh, args, 0, 0, "[-repair] [-json]"); err != nil {
		return err
	}
	works, err := works(c)
	switch {
	case err != nil:
		return invalid("archive check: %w", err)
	case works && *repair:
		return invalid("archive check: %w", errWorks)
	}
	var r audit.Report
	check := func(mode datadir.Mode, o audit.Options) error {
		return with(ctx, sh, c, mode, func(h *house) (err error) {
			r, err = h.audit(ctx, o)
			return err
		})
	}
	if err := check(datadir.Command, audit.Options{Written: works}); err != nil {
		return invalid("archive check: %w", err)
	}
	if *repair && !r.Sound() {
		found := r
		err := check(datadir.Work, audit.Options{Repair: true})
		if err != nil {
			err = fmt.Errorf("archive check: 无法修复 it cannot be repaired: %v", err) //nolint:errorlint // whatever it was, what was found is not right
			return errors.Join(tellAudit(sh, w.json, found), err)
		}
		r = mended(found, r)
	}
	if err := tellAudit(sh, w.json, r); err != nil || r.Sound() {
		return err
	}
	return errUnsound
}

var errWorks = errors.New("此目录有进程在运行 a process works in that directory: end it, then repair")

// works reports whether another process works in the data directory.
func works(c Config) (bool, error) {
	dir, err := datadir.Open(c.Data, datadir.Command) // says what is wrong with it, and makes nothing
	if err != nil {
		return false, err
	}
	if err := dir.Close(); err != nil {
		return false, err
	}
	if dir, err = datadir.Open(c.Data, datadir.Work); err != nil {
		return true, nil //nolint:nilerr // it is there and it is taken
	}
	return false, dir.Close()
}

// audit reads the archive of a house.
func (h *house) audit(ctx context.Context, o audit.Options) (audit.Report, error) {
	o.Indexes = true
	if h.fleet != nil {
		return audit.Run(ctx, h.fleet.archive.Audited(), o)
	}
	return audit.Run(ctx, audit.Files{Files: h.laptop.archive}, o)
}

// mended is what is still wrong, with what was and is right again.
func mended(found, now audit.Report) audit.Report {
	still := slices.Clone(now.Findings)
	for _, f := range found.Findings {
		still := slices.ContainsFunc(still, func(g audit.Finding) bool { return g.Kind == f.Kind && g.File == f.File && g.Offset == f.Offset })
		if still {
			continue
		}
		f.Repaired = true
		switch f.Kind {
		case audit.Torn:
			f.Advice = fmt.Sprintf("%d bytes from offset %d were cut off and the file was sealed", f.Length, f.Offset)
		default:
			f.Advice = "the start of the program put it right"
		}
		now.Findings = append(now.Findings, f)
		now.Faults++
		now.Repaired++
	}
	return now
}

func tellAudit(sh shell, json bool, r audit.Report) error {
	if json {
		return printJSON(sh.out, r)
	}
	return printAudit(sh.out, r)
}

func printAudit(w io.Writer, r audit.Report) error {
	p := printer{w: w}
	words := map[string]string{
		audit.Damaged: "损坏", audit.Torn: "末尾残缺", audit.Gone: "文件缺失", audit.Empty: "空文件", audit.Foreign: "外来文件", audit.Original: "原文缺失",
		audit.Unknown: "索引不符", audit.Index: "段索引不符",
	}
	for _, f := range r.Findings {
		mark := "✗"
		if f.Repaired {
			mark = "✓ 已修复 repaired"
		}
		where := f.File
		if f.Length > 0 {
			where = fmt.Sprintf("%s: offset %d, %d bytes", f.File, f.Offset, f.Length)
		}
		p.line("%s %s %s: %s", mark, words[f.Kind], f.Kind, where)
		if f.Capture != "" {
			p.line("    存档 capture %s", f.Capture)
		}
		p.line("    %s", f.What)
		p.line("    → %s", f.Advice)
	}
	if n := r.Faults - len(r.Findings); n > 0 {
		p.line("… 另有 and %d more", n)
	}
	p.line("已核验 checked: %d 个文件 segments，%d 份存档 captures（重访 revisits %d，附件 attachments %d），%d 字节 bytes", r.Segments, r.Captures, r.Revisits, r.Attached, r.Bytes)
	if r.Faults == 0 {
		p.line("无误 sound: 每条记录、原文与索引的摘要均相符 every digest of records, payloads and indexes is right")
	} else {
		p.line("发现 found %d，已修复 repaired %d", r.Faults, r.Repaired)
	}
	return p.err
}
