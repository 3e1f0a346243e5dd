package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"probity/pipeline/archive"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
)

// doVerify reads ledger and archive again, whole, and holds them against
// their digests. With an earlier head it also proves that nothing which stood
// in the ledger then was changed or taken out since.
func doVerify(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("verify", &c)
	file := w.String("head", "", "`file` with an earlier head of the ledger, as this command prints it with -json")
	if _, err := w.arguments(sh, args, 0, 0, "[-head FILE] [-json]"); err != nil {
		return err
	}
	old, err := earlier(*file)
	if err != nil {
		return err
	}
	return with(ctx, sh, c, datadir.Command, func(h *house) error {
		v, err := h.verify(ctx, old)
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		if w.json {
			return printJSON(sh.out, v)
		}
		_, err = fmt.Fprintf(sh.out, "核验无误 verified: 账本 %d 条 ledger entries, root %s; 存档 %d 份 captures, 摘要相符 digests match\n", v.Head.Size, v.Head.Root, v.Captures)
		return err
	})
}

// verified is what was found to be whole.
type verified struct {
	Head     ledger.Head `json:"head"`
	Captures int         `json:"captures"`
}

// earlier reads a head that was printed before; no file is no head.
func earlier(file string) (ledger.Head, error) {
	if file == "" {
		return ledger.Head{}, nil
	}
	var said verified
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &said)
	}
	if err != nil {
		return said.Head, invalid("read head %s: %w", file, err)
	}
	if said.Head.Size == 0 {
		return said.Head, invalid("read head %s: it is none that `probity verify -json` printed", file)
	}
	return said.Head, nil
}

// verify reads everything again.
func (h *house) verify(ctx context.Context, old ledger.Head) (v verified, err error) {
	if err := h.ledger.Verify(ctx); err != nil {
		return v, err
	}
	if old.Size > 0 {
		if err := h.ledger.Extends(old); err != nil {
			return v, err
		}
	}
	if v.Head, err = h.ledger.Head(); err != nil {
		return v, err
	}
	if h.fleet != nil {
		return v, h.fleet.archive.Verify(ctx, func(evidence.Capture, archive.Location) error { v.Captures++; return nil })
	}
	return v, h.archive.Scan(ctx, func(c evidence.Capture, at archive.Location) error {
		v.Captures++
		if _, err := h.archive.Open(ctx, c.ID); err != nil {
			return fmt.Errorf("archive, %s: %w", at, err)
		}
		return nil
	})
}
