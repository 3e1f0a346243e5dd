package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
	"probity/pipeline/objects"
)

// shared is a folder of objects as a ledger of several.
type shared struct{ objects.Store }

func (s shared) Keys(ctx context.Context, prefix, after string, each func(string) error) error {
	return s.List(ctx, prefix, after, func(o objects.Object) error { return each(o.Key) })
}

func newShared(t *testing.T) shared {
	t.Helper()
	s, err := objects.Open(objects.Settings{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return shared{s}
}

func member(t *testing.T, s ledger.Shared, dir string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Options{Dir: dir, Now: time.Now, Shared: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// addTwo seals a blob and adds an entry that names it, and one that does not.
func addTwo(t *testing.T, l *ledger.Ledger, blob string) {
	t.Helper()
	seal, err := l.Seal(t.Context(), blob)
	if err == nil {
		_, err = l.AppendAll(t.Context(), ledger.Item{Kind: "a", Body: seal}, ledger.Item{Kind: "b", Body: 1})
	}
	if err != nil {
		t.Error(err)
	}
}

func TestManyWhoAddAtOnceMakeOneLedger(t *testing.T) {
	s := newShared(t)
	const members, each = 5, 8
	var all []*ledger.Ledger
	var wg sync.WaitGroup
	for m := range members {
		l := member(t, s, t.TempDir())
		all = append(all, l)
		wg.Go(func() {
			for n := range each {
				addTwo(t, l, fmt.Sprintf("blob %d of %d", n, m))
			}
		})
	}
	wg.Wait()
	all = append(all, member(t, s, t.TempDir())) // one who comes later
	var want ledger.Head
	for i, l := range all {
		if err := errors.Join(l.Pull(t.Context()), l.Verify(t.Context())); err != nil {
			t.Fatal(err)
		}
		head, err := l.Head()
		if err != nil || head.Size != 2*members*each || i > 0 && head != want {
			t.Errorf("member %d has %+v, %v, want %+v", i, head, err, want)
		}
		want = head
		err = l.Scan(t.Context(), 1, func(e ledger.Entry) error {
			if e.Kind == "b" {
				return nil
			}
			_, err := l.Blob(strings.Trim(string(e.Body), `"`))
			return err
		})
		if err != nil {
			t.Errorf("member %d: %v", i, err)
		}
	}
}

func TestWhatWasDecidedStillHoldsWhenItIsSaid(t *testing.T) {
	s := newShared(t)
	var wg sync.WaitGroup
	for range 4 { // each adds an entry only as long as there are fewer than ten
		l := member(t, s, t.TempDir())
		wg.Go(func() {
			for range 10 {
				_, err := l.AppendIf(t.Context(), func() ([]ledger.Item, error) {
					if head, err := l.Head(); err != nil || head.Size >= 10 {
						return nil, err
					}
					return []ledger.Item{{Kind: "a", Body: 1}}, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	l := member(t, s, t.TempDir())
	if err := l.Pull(t.Context()); err != nil {
		t.Fatal(err)
	}
	if head, err := l.Head(); err != nil || head.Size != 10 {
		t.Errorf("the ledger has %d entries, %v, want 10", head.Size, err)
	}
}

func TestABundleThatWasChangedIsRefusedAndNamed(t *testing.T) {
	s := newShared(t)
	l := member(t, s, t.TempDir())
	for n := range 3 {
		if _, err := l.Append(t.Context(), "a", n); err != nil {
			t.Fatal(err)
		}
	}
	key := "ledger/000000000002"
	data, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]string{
		"another body":   strings.Replace(string(data), `"body":1`, `"body":7`, 1),
		"no first line":  strings.SplitAfterN(string(data), "\n", 2)[1],
		"a line more":    string(data) + "{}\n",
		"a torn end":     string(data[:len(data)-9]),
		"another's turn": strings.Replace(string(data), `"seq":2`, `"seq":3`, 1),
	} {
		if err := s.Put(t.Context(), key, []byte(bad)); err != nil {
			t.Fatal(err)
		}
		reader := member(t, s, t.TempDir())
		err := reader.Pull(t.Context())
		if !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: pull = %v, want invalid, naming %s", what, err, key)
		}
		if head, err := reader.Head(); err != nil || head.Size != 1 {
			t.Errorf("%s: %d entries were taken, %v, want the one before", what, head.Size, err)
		}
	}
}

func TestALaptopsLedgerGoesToAFleet(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "l")
	l := member(t, nil, dir)
	for n := range 5 {
		seal, err := l.Seal(t.Context(), fmt.Sprint("blob ", n))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.AppendAll(t.Context(), ledger.Item{Kind: "a", Body: seal}, ledger.Item{Kind: "b", Body: n}); err != nil {
			t.Fatal(err)
		}
	}
	s := newShared(t)
	for _, want := range []int64{10, 0} { // a second time has nothing left to do
		if n, err := l.Upload(t.Context(), s); err != nil || n != want {
			t.Fatalf("uploaded %d entries, %v, want %d", n, err, want)
		}
	}
	head, err := l.Head()
	if err != nil {
		t.Fatal(err)
	}
	to := member(t, s, t.TempDir())
	if err := errors.Join(to.Pull(t.Context()), to.Verify(t.Context()), to.Extends(head)); err != nil {
		t.Error(err)
	}
	other := member(t, nil, t.TempDir())
	if _, err := other.Append(t.Context(), "a", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Upload(t.Context(), s); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("another ledger was uploaded over it: %v", err)
	}
}
