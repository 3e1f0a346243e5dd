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
	var old ledger.Head
	if *file != "" {
		data, err := os.ReadFile(*file)
		if err == nil {
			err = json.Unmarshal(data, &struct {
				Head *ledger.Head `json:"head"`
			}{&old})
		}
		if err != nil || old.Size == 0 {
			return invalid("read head %s: it is none that `probity verify -json` printed: %w", *file, err)
		}
	}
	return with(ctx, sh, c, datadir.Command, func(h *house) error {
		if err := h.ledger.Verify(ctx); err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		if old.Size > 0 {
			if err := h.ledger.Extends(old); err != nil {
				return fmt.Errorf("verify: %w", err)
			}
		}
		head, err := h.ledger.Head()
		if err != nil {
			return err
		}
		n := 0
		err = h.archive.Scan(ctx, func(c evidence.Capture, at archive.Location) error {
			n++
			if _, err := h.archive.Open(ctx, c.ID); err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("verify archive: %w", err)
		}
		if w.json {
			return printJSON(sh.out, map[string]any{"head": head, "captures": n})
		}
		_, err = fmt.Fprintf(sh.out, "核验无误 verified: 账本 %d 条 ledger entries, root %s; 存档 %d 份 captures, 摘要相符 digests match\n", head.Size, head.Root, n)
		return err
	})
}
