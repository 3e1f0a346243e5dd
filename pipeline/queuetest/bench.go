package queuetest

import (
	"context"
	"time"

	"probity/pipeline"
)

func (b bench) put(group string, names ...string) {
	b.Helper()
	if err := b.Put(b.Context(), group, names...); err != nil {
		b.Fatal(err)
	}
}

// take takes what must be ready by now.
func (b bench) take() pipeline.Lease {
	b.Helper()
	return b.takeWithin(1)
}

func (b bench) takeWithin(units int) pipeline.Lease {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Duration(units)*b.unit)
	defer cancel()
	leases, err := b.Take(ctx, 1)
	if err != nil || len(leases) != 1 {
		b.Fatalf("took %d within %d units: %v, want one", len(leases), units, err)
	}
	return leases[0]
}

func (b bench) settle(l pipeline.Lease, fault error) {
	b.Helper()
	if err := b.Settle(b.Context(), l, fault); err != nil {
		b.Fatal(err)
	}
}

func (b bench) wantName(l pipeline.Lease, name string, attempt int) {
	b.Helper()
	if l.Name != name || l.Attempt != attempt {
		b.Errorf("took %s at attempt %d, want %s at attempt %d", l.Name, l.Attempt, name, attempt)
	}
}

func (b bench) wantNothing(units int) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Duration(units)*b.unit)
	defer cancel()
	if leases, err := b.Take(ctx, 1); err == nil {
		b.Errorf("took %+v within %d units, want nothing", leases, units)
	}
}

func (b bench) wantCounts(group string, want pipeline.Counts) {
	b.Helper()
	if got, err := b.Len(b.Context(), group); err != nil || got != want {
		b.Errorf("counts of %q = %+v, %v, want %+v", group, got, err, want)
	}
}

// pass lets time pass.
func (b bench) pass(units int) {
	ctx, cancel := context.WithTimeout(b.Context(), time.Duration(units)*b.unit)
	defer cancel()
	<-ctx.Done()
}
