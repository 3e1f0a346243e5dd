package main

import (
	"context"
	"fmt"

	"probity/pipeline/datadir"
)

// doCampaignEstimate says before the start what a run would come to.
func doCampaignEstimate(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("campaign estimate", &c)
	names, err := w.arguments(sh, args, 1, 1, "[-json] NAME")
	if err != nil {
		return err
	}
	return with(ctx, sh, c, datadir.Command, func(h *house) error {
		k, err := h.campaign(names[0])
		if err != nil {
			return err
		}
		e, err := h.estimate(ctx, k)
		if err != nil {
			return err
		}
		if w.json {
			return printJSON(sh.out, e)
		}
		_, err = fmt.Fprintln(sh.out, e.words())
		return err
	})
}
