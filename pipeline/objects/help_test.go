package objects_test

import (
	"context"
	"io"
)

func background() context.Context { return context.Background() }

type readCloser struct{ io.Reader }

func (readCloser) Close() error { return nil }
