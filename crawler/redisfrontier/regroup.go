package redisfrontier

import "context"

func (f *Frontier) regroup(context.Context, string, []parcel) error { return nil }
func (f *Frontier) moveAll(context.Context, int) error              { return nil }
