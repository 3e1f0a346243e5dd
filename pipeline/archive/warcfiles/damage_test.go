package warcfiles_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"probity/pipeline/archive"
	"probity/pipeline/archive/archivetest"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
)

func wantDamage(t *testing.T, err error, words ...string) {
	t.Helper()
	if !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("error %v, want one that is invalid", err)
		return
	}
	for _, w := range append(words, "restore it from a backup", "probity rebuild") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

// sealed makes an archive of one sealed file with three exchanges, all committed.
func sealed(t *testing.T) (place, []evidence.Exchange, []archive.Location, string) {
	t.Helper()
	p := newPlace(t)
	a := p.open(t)
	kept := fill(t, a, 3)
	var at []archive.Location
	for _, e := range kept {
		_, loc, err := a.Capture(t.Context(), e.Capture.ID)
		must(t, err)
		at = append(at, loc)
		must(t, a.Commit(t.Context(), e.Capture.ID))
	}
	must(t, a.Close())
	return p, kept, at, p.files(t)[0]
}

func scanAll(t *testing.T, a *warcfiles.Files) error {
	t.Helper()
	return a.Scan(t.Context(), func(evidence.Capture, archive.Location) error { return nil })
}

func TestAFlippedBitInASealedFileIsFoundAndNamed(t *testing.T) {
	p, kept, at, file := sealed(t)
	whole, err := os.ReadFile(file)
	must(t, err)
	a := p.open(t)
	for offset := at[1].Offset; offset < at[1].Offset+at[1].Length; offset += 53 {
		b := slices.Clone(whole)
		b[offset] ^= 0x10
		must(t, os.WriteFile(file, b, 0o600))
		_, err := a.Open(t.Context(), kept[1].Capture.ID)
		if err == nil && harmless(offset, whole) {
			continue
		}
		wantDamage(t, err, file, fmt.Sprintf("at offset %d", at[1].Offset))
		wantDamage(t, scanAll(t, a), file, "at offset")
		if _, err := a.Open(t.Context(), kept[0].Capture.ID); err != nil {
			t.Errorf("a neighbour of the damage: %v", err)
		}
	}
}

// harmless bits are the ones of a gzip head that mean nothing: time, hints
// and system (RFC 1952).
func harmless(offset int64, whole []byte) bool {
	for start := max(0, offset-9); start < offset; start++ {
		if whole[start] == 0x1f && whole[start+1] == 0x8b && whole[start+2] == 8 {
			return offset-start >= 4
		}
	}
	return false
}

func TestASealedFileThatWasShortenedOrTakenAwayIsNamedAtTheStart(t *testing.T) {
	p, _, at, file := sealed(t)
	must(t, os.Truncate(file, at[2].Offset+10))
	_, err := p.tryOpen(t)
	wantDamage(t, err, file, fmt.Sprintf("it has %d bytes", at[2].Offset+10))
	must(t, os.Remove(file))
	_, err = p.tryOpen(t)
	wantDamage(t, err, file, "gone")
}

func TestATornMemberInASealedFileIsAnErrorAndNeverCut(t *testing.T) {
	p, _, at, file := sealed(t)
	q := newPlace(t) // an index that knows nothing
	q.dir = p.dir
	must(t, os.Truncate(file, at[2].Offset+at[2].Length-1))
	_, err := q.tryOpen(t)
	wantDamage(t, err, file, "the file ends within a record")
	if info, _ := os.Stat(file); info.Size() != at[2].Offset+at[2].Length-1 {
		t.Error("the sealed file was changed")
	}
}

// What was synced and committed is not a torn tail, even in an open file.
func TestDamageBeforeTheCommittedOffsetOfAnOpenFileIsNotCut(t *testing.T) {
	p, _, at, file := sealed(t)
	open := file + ".open"
	must(t, os.Rename(file, open))
	must(t, os.Truncate(open, at[2].Offset+5))
	_, err := p.tryOpen(t)
	wantDamage(t, err, filepath.Base(open))
	if info, _ := os.Stat(open); info.Size() != at[2].Offset+5 {
		t.Error("the file was changed")
	}
}

func TestAFullDiskIsRefusedBeforeItIsFull(t *testing.T) {
	p := newPlace(t)
	a := p.open(t, func(o *warcfiles.Options) { o.MinFree = 1 << 62 })
	_, err := a.Keep(t.Context(), archivetest.Exchange(1, "https://example.example/", "x"))
	if !errors.Is(err, evidence.ErrUnavailable) || !strings.Contains(err.Error(), "are free on the disk of "+p.dir) {
		t.Errorf("keep = %v, want unavailable, with the folder named", err)
	}
	if n := len(p.files(t)); n != 0 {
		t.Errorf("%d files were made", n)
	}
}

func TestCommitPointsArePassedInOrder(t *testing.T) {
	p := newPlace(t)
	var points []string
	a := p.open(t, func(o *warcfiles.Options) { o.Mark = func(point string) { points = append(points, point) } })
	fill(t, a, 2)
	must(t, a.Close())
	want := "[warc_append warc_sync warc_append warc_sync warc_sync warc_seal]"
	if fmt.Sprint(points) != want {
		t.Errorf("passed %v, want %s", points, want)
	}
}

func TestFilesOfOthersInTheFolderAreLeftAlone(t *testing.T) {
	p := newPlace(t)
	must(t, os.MkdirAll(p.dir, 0o700))
	other := filepath.Join(p.dir, "other.warc.gz")
	must(t, os.WriteFile(other, []byte("not ours"), 0o600))
	a := p.open(t)
	fill(t, a, 1)
	must(t, scanAll(t, a))
	if b, _ := os.ReadFile(other); string(b) != "not ours" {
		t.Error("it was changed")
	}
}

// Several calls that wait at the same time share one sync.
func TestKeepsThatWaitTogetherShareOneSync(t *testing.T) {
	const n = 8
	p := newPlace(t)
	var syncs atomic.Int64
	var all sync.WaitGroup
	all.Add(n)
	a := p.open(t, func(o *warcfiles.Options) {
		o.Mark = func(point string) {
			switch point {
			case "warc_append": // nobody syncs before all have written
				all.Done()
				all.Wait()
			case "warc_sync":
				syncs.Add(1)
			}
		}
	})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if _, err := a.Keep(t.Context(), archivetest.Exchange(i, "https://example.example/", "x")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if syncs.Load() != 1 {
		t.Errorf("%d syncs for %d exchanges, want 1", syncs.Load(), n)
	}
}

func TestUnderEveryPolicyASealedFileIsSynced(t *testing.T) {
	for policy, want := range map[warcfiles.Sync]int{"": 4, warcfiles.Always: 4, warcfiles.Batch: 4, warcfiles.Never: 1} {
		syncs := 0
		a := newPlace(t).open(t, func(o *warcfiles.Options) {
			o.Sync = policy
			o.Mark = func(point string) {
				if point == "warc_sync" {
					syncs++
				}
			}
		})
		kept := fill(t, a, 3)
		for _, e := range kept {
			if _, err := a.Open(t.Context(), e.Capture.ID); err != nil {
				t.Errorf("%s: %v", policy, err)
			}
		}
		must(t, a.Close())
		if syncs != want {
			t.Errorf("policy %q: %d syncs for 3 exchanges and a seal, want %d", policy, syncs, want)
		}
	}
	if _, err := newPlace(t).tryOpen(t, func(o *warcfiles.Options) { o.Sync = "sometimes" }); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("a policy that there is not: %v", err)
	}
}
