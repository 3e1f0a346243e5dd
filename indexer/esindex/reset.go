package esindex

import (
	"context"
	"fmt"

	"probity/pipeline/elastic"
)

// Reset empties the index, before it is made again: a new one takes over and
// every older version is removed.
func (x *Index) Reset(ctx context.Context) error {
	current, err := x.current(ctx)
	if err != nil {
		return fmt.Errorf("reset index: %w", err)
	}
	fresh, err := x.fresh(ctx, current, nil)
	if err != nil {
		return fmt.Errorf("reset index: %w", err)
	}
	if err := x.swap(ctx, current, fresh); err != nil {
		return fmt.Errorf("reset index: %w", err)
	}
	return x.Prune(ctx)
}

// Prune removes every version of the index but the current one: there is no
// going back after it.
func (x *Index) Prune(ctx context.Context) error {
	current, err := x.current(ctx)
	if err != nil {
		return fmt.Errorf("prune index: %w", err)
	}
	all, err := x.c.Indices(ctx, x.c.Name("evidence-v*"))
	if err != nil {
		return fmt.Errorf("prune index: %w", err)
	}
	for _, name := range all {
		if name == current {
			continue
		}
		if err := x.c.DeleteIndex(ctx, name); err != nil {
			return fmt.Errorf("prune index: %w", err)
		}
	}
	return nil
}

// fresh makes an empty index with the number after the current one's. One of
// that number is what a rebuild left behind that broke off.
func (x *Index) fresh(ctx context.Context, current string, body []byte) (string, error) {
	_, n, err := x.parse(current)
	if err != nil {
		return "", err
	}
	name := x.name(n + 1)
	if err := x.c.DeleteIndex(ctx, name); err != nil {
		return "", err
	}
	return name, x.c.CreateIndex(ctx, name, body)
}

// swap lets another index take over, at one moment.
func (x *Index) swap(ctx context.Context, from, to string) error {
	return x.c.ChangeAliases(ctx,
		elastic.AliasChange{Alias: x.read(), Index: from, Remove: true}, elastic.AliasChange{Alias: x.write(), Index: from, Remove: true},
		elastic.AliasChange{Alias: x.next(), Index: to, Remove: true}, elastic.AliasChange{Alias: x.read(), Index: to},
		elastic.AliasChange{Alias: x.write(), Index: to, Write: true})
}
