package s3archive_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/archive/s3archive"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/objects"
)

// away is a store that can be taken away.
type away struct {
	objects.Store
	gone atomic.Bool
}

func (a *away) err() error {
	if a.gone.Load() {
		return fmt.Errorf("%w: the store is away", evidence.ErrUnavailable)
	}
	return nil
}

func (a *away) PutFile(ctx context.Context, key, path string) error {
	return errors.Join(a.err(), a.Store.PutFile(ctx, key, path))
}

func TestWhileTheStoreIsAwayKeepGoesOnUpToItsBoundAndCatchesUp(t *testing.T) {
	f := onFolder(t)
	store := &away{Store: f.store}
	f.store = store
	told := map[bool]int{}
	a := f.open(t, crawler(t, func(o *s3archive.Options) {
		o.MaxUnsent, o.MaxSize = 20_000, 2000
		o.Sent = func(_ int64, _ time.Duration, err error) { told[err == nil]++ }
	}))
	store.gone.Store(true)
	var kept []evidence.Exchange
	var full error
	for n := 0; full == nil && n < 100; n++ {
		e := page(n, strconv.Itoa(n))
		if _, full = a.Keep(t.Context(), e); full == nil {
			kept = append(kept, e)
			must(t, a.Commit(t.Context(), e.Capture.ID))
		}
		if n%5 == 4 && !errors.Is(a.Tend(t.Context()), evidence.ErrUnavailable) {
			t.Error("tend said nothing of a store that is away")
		}
	}
	if _, delayed := evidence.Delay(full); !errors.Is(full, evidence.ErrUnavailable) || !delayed || len(kept) < 5 {
		t.Errorf("after %d captures keep = %v, want unavailable with a delay", len(kept), full)
	}
	if n, bytes, oldest, err := a.Waiting(t.Context()); err != nil || n < 2 || bytes < 2000 || oldest.IsZero() || told[false] == 0 {
		t.Errorf("%d segments of %d bytes wait since %v (%v), told %v", n, bytes, oldest, err, told)
	}
	store.gone.Store(false)
	must(t, a.Flush(t.Context()))
	if n, _, oldest, err := a.Waiting(t.Context()); err != nil || n != 0 || !oldest.IsZero() || told[true] < 2 {
		t.Errorf("%d segments wait since %v (%v), told %v", n, oldest, err, told)
	}
	if n := a.Unsent(); n != 0 {
		t.Errorf("%d bytes wait still", n)
	}
	keep(t, a, page(1000, "again"))
	for _, e := range kept {
		wantBody(t, f.open(t), e)
	}
}

func TestASegmentThatIsGoneHereIsNoDamageIfItWasSent(t *testing.T) {
	f := onFolder(t)
	c := crawler(t, func(o *s3archive.Options) { o.KeepSent = true })
	var o s3archive.Options
	c(&o)
	a := f.open(t, c)
	sent, unsent := page(1, "x"), page(2, "y")
	keep(t, a, sent)
	must(t, a.Flush(t.Context()))
	must(t, a.Close())
	lose := func() {
		entries, err := os.ReadDir(o.Dir)
		must(t, err)
		for _, e := range entries {
			must(t, os.Remove(filepath.Join(o.Dir, e.Name())))
		}
	}
	lose()
	a = f.open(t, c)
	wantBody(t, a, sent)
	keep(t, a, unsent)
	must(t, a.Close())
	lose()
	opts := f.options()
	c(&opts)
	if _, err := s3archive.Open(t.Context(), opts); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("open without a segment that is nowhere = %v, want invalid", err)
	}
}

func TestWhatIsNotRegisteredIsOnItsWayOrUnknown(t *testing.T) {
	f := onFolder(t)
	id := page(1, "x").Capture.ID
	_, err := f.open(t).Open(t.Context(), id)
	if !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("open = %v, want not found", err)
	}
	waits := f.open(t, func(o *s3archive.Options) { o.Await = time.Second })
	_, err = waits.Open(t.Context(), id)
	_, _, cerr := waits.Capture(t.Context(), id)
	for _, err := range []error{err, cerr} {
		if d, ok := evidence.Delay(err); !ok || d != time.Second || errors.Is(err, evidence.ErrNotFound) {
			t.Errorf("%v after %v, want unavailable for a second", err, d)
		}
	}
}

func TestALostOrChangedObjectIsDamageAndNotUnknown(t *testing.T) {
	f := onFolder(t)
	a := f.open(t, crawler(t))
	x, y := page(1, "x"), page(2, "y")
	keep(t, a, x, y)
	must(t, a.Flush(t.Context()))
	key := f.segments(t)[1]
	whole, err := f.store.Get(t.Context(), key)
	must(t, err)
	count := func(a *s3archive.Archive) error {
		return a.Verify(t.Context(), func(evidence.Capture, archive.Location) error { return nil })
	}
	must(t, count(f.open(t)))
	for at := 1000; at < len(whole); at += 61 {
		if bytes.Contains(whole[at-10:at+2], []byte{0x1f, 0x8b}) {
			continue // the head of a gzip member has bytes that mean nothing
		}
		bad := slices.Clone(whole)
		bad[at] ^= 0x55
		must(t, f.store.Put(t.Context(), key, bad))
		if err := count(f.open(t)); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("verify with byte %d changed = %v, want invalid", at, err)
		}
	}
	must(t, f.store.Put(t.Context(), key, whole[:len(whole)-20]))
	if _, err := f.open(t).Open(t.Context(), y.Capture.ID); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("open of a shortened object = %v, want invalid", err)
	}
	wantBody(t, f.open(t), x)
	must(t, f.store.Delete(t.Context(), key))
	for _, id := range []string{x.Capture.ID, y.Capture.ID} {
		if _, err := f.open(t).Open(t.Context(), id); !errors.Is(err, evidence.ErrInvalid) || errors.Is(err, evidence.ErrNotFound) {
			t.Errorf("open of a lost object = %v, want invalid", err)
		}
	}
}

func TestVerifySaysWhatIndexAndRegistryGotWrong(t *testing.T) {
	f := onFolder(t)
	a := f.open(t, crawler(t))
	keep(t, a, page(1, "x"))
	must(t, a.Flush(t.Context()))
	verify := func() error {
		return f.open(t).Verify(t.Context(), func(evidence.Capture, archive.Location) error { return nil })
	}
	must(t, verify())
	must(t, f.registry.Reset(t.Context()))
	if err := verify(); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "registry") {
		t.Errorf("verify = %v, want invalid: the registry forgot", err)
	}
	must(t, f.open(t).Reindex(t.Context()))
	must(t, verify())
	index := f.segments(t)[0]
	b, err := f.store.Get(t.Context(), index)
	must(t, err)
	must(t, f.store.Put(t.Context(), index, []byte(strings.Replace(string(b), `"attempt":1`, `"attempt":2`, 1))))
	if err := verify(); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "does not say") {
		t.Errorf("verify = %v, want invalid: the index says otherwise", err)
	}
	must(t, f.store.Delete(t.Context(), index))
	must(t, f.open(t).Reindex(t.Context()))
	must(t, verify())
	if again, err := f.store.Get(t.Context(), index); err != nil || string(again) != string(b) {
		t.Errorf("the index was made again otherwise: %v", err)
	}
}

func TestALaptopsArchiveIsImportedOnceHoweverOften(t *testing.T) {
	f := onFolder(t)
	dir := t.TempDir()
	laptop, err := warcfiles.Open(t.Context(), warcfiles.Options{Dir: filepath.Join(dir, "archive"), DB: openDB(t, filepath.Join(dir, "probity.db")), Now: f.clock.now, MaxSize: 2000})
	must(t, err)
	var kept []evidence.Exchange
	for n := range 9 {
		e := page(n, strconv.Itoa(n%4))
		kept = append(kept, e)
		_, err := laptop.Keep(t.Context(), e)
		must(t, err)
		must(t, laptop.Commit(t.Context(), e.Capture.ID))
	}
	a := f.open(t)
	if err := a.Import(t.Context(), filepath.Join(dir, "archive"), nil); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("import of an open archive = %v, want a conflict", err)
	}
	must(t, laptop.Close())
	for range 2 {
		total := 0
		must(t, a.Import(t.Context(), filepath.Join(dir, "archive"), func(_ string, n int) { total += n }))
		if total != len(kept) {
			t.Errorf("imported %d, want %d", total, len(kept))
		}
	}
	for _, e := range kept {
		wantBody(t, f.open(t), e)
	}
	var got []string
	must(t, a.Verify(t.Context(), func(c evidence.Capture, _ archive.Location) error { got = append(got, c.ID); return nil }))
	if len(got) != len(kept) {
		t.Errorf("%d captures are there, want %d", len(got), len(kept))
	}
}

// counting counts requests for bytes.
type counting struct {
	objects.Store
	n atomic.Int64
}

func (c *counting) GetRange(ctx context.Context, key string, offset, length int64) ([]byte, error) {
	c.n.Add(1)
	return c.Store.GetRange(ctx, key, offset, length)
}

func TestWhoeverWorksThroughASegmentAsksTheStoreSeldom(t *testing.T) {
	f := onFolder(t)
	store := &counting{Store: f.store}
	f.store = store
	a := f.open(t, crawler(t))
	var kept []evidence.Exchange
	for n := range 200 {
		kept = append(kept, page(n, fmt.Sprint("many", n)))
	}
	keep(t, a, kept...)
	must(t, a.Flush(t.Context()))
	const ahead, readers = 64 << 10, 4
	stored := int64(0)
	must(t, f.store.List(t.Context(), "", "", func(o objects.Object) error { stored += o.Size; return nil }))
	reader := f.open(t, func(o *s3archive.Options) { o.ReadAhead, o.Cache = ahead, 256<<10 })
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for _, e := range kept {
				wantBody(t, reader, e)
			}
		})
	}
	wg.Wait()
	// Readers that drift apart share nothing; each still asks for a stretch once,
	// and a page over its end begins the next.
	most := readers * (stored/ahead + 2)
	if n := store.n.Load(); n > most {
		t.Errorf("%d pages of %d bytes took %d requests, want %d at most", readers*len(kept), stored, n, most)
	}
}
