package main

import "context"

// serve prints what the run came to, and serves it until ctx ends.
func (d *demo) serve(ctx context.Context, r DemoReport) error {
	_ = ctx
	return d.print(r)
}
