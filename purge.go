package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"probity/pipeline/campaign"
)

// forgotten is how many runs of a campaign before the last are looked for at
// its close: one, were it not for closes that were cut off.
const forgotten = 10

// purgeTime is how long a process that is told to stop still purges.
const purgeTime = 5 * time.Second

// purge lets the frontier go of what nobody asks for any more once a run is
// closed: of the run itself stay counts, dead letters and refusals, which its
// pages show; of its campaign's runs before it nothing stays in a fleet, whose
// frontier is memory. Their reports tell what came of them. Nothing depends on
// it, so a fault is a warning, and the campaign's next close does it again. Who
// is told to stop does it first, within purgeTime.
func (h *house) purge(ctx context.Context, run campaign.Run) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), purgeTime)
	defer cancel()
	err := h.frontier.Close(ctx, run.ID)
	if h.fleet != nil {
		err = errors.Join(err, h.forgetBefore(ctx, run))
	}
	if err != nil {
		h.log.WarnContext(ctx, "the frontier still holds what a closed run has seen", slog.String("run", run.ID), slog.Any("error", err))
	}
}

func (h *house) forgetBefore(ctx context.Context, run campaign.Run) error {
	runs, err := h.runs.All(ctx)
	if err != nil {
		return err
	}
	runs = slices.DeleteFunc(runs, func(r campaign.Run) bool {
		return r.Campaign != run.Campaign || r.ID == run.ID || r.State != campaign.Closed || r.Closed.After(run.Closed)
	})
	for _, r := range runs[max(0, len(runs)-forgotten):] { // by number
		err = errors.Join(err, h.frontier.Forget(ctx, r.ID))
	}
	return err
}
