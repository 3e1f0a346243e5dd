package main

import (
	"context"
	"fmt"

	"probity/crawler"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
)

// byIntake is the reason of a pause while files are handed in.
const byIntake = "intake"

// handIn takes files into an open run and waits until whoever leads has closed
// it. Meanwhile the run is paused, so that no crawler asks for a file by its
// address, and all files are entered before the first is done, so that nobody
// closes it half way.
func (f *fleet) handIn(ctx context.Context, run campaign.Run, fresh []evidence.Exchange) (Report, error) {
	if _, err := f.frontier.Add(ctx, run.ID, f.config.Crawl.Manners); err != nil { // so that there is a run to pause
		return Report{}, err
	}
	if err := f.frontier.Pause(ctx, crawler.Target{Run: run.ID}, byIntake); err != nil {
		return Report{}, err
	}
	leads := make([]evidence.Lead, len(fresh))
	for i, x := range fresh {
		leads[i] = x.Capture.Lead
	}
	if _, err := f.frontier.Add(ctx, run.ID, f.config.Crawl.Manners, leads...); err != nil {
		return Report{}, err
	}
	for _, x := range fresh {
		x.Capture.Run = run.ID
		if err := f.takeIn(ctx, x); err != nil {
			return Report{}, err
		}
	}
	if err := f.archive.Flush(ctx); err != nil { // the one who hands in goes home
		return Report{}, fmt.Errorf("send the files: 同一命令会从此处继续 the same command goes on from here: %w", err)
	}
	if err := f.frontier.Resume(ctx, crawler.Target{Run: run.ID}); err != nil {
		return Report{}, err
	}
	return f.reported(ctx, run.Campaign, run, func(Progress) {})
}
