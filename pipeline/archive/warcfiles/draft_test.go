package warcfiles

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

func TestADraftBeyondAMegabyteWaitsInAFileWithoutAName(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	a := &Files{}
	a.drafts.New = func() any { return &draft{dir: t.TempDir()} }
	for _, pieces := range []int{1, 300, 2} { // of 8 KiB: short, long, and short again in the same draft
		d := a.draft()
		var want []byte
		for range pieces {
			p := make([]byte, 8<<10)
			for i := range p {
				p[i] = byte(r.Uint32())
			}
			want = append(want, p...)
			if n, err := d.Write(p); n != len(p) || err != nil {
				t.Fatal(n, err)
			}
		}
		if spooled := d.file != nil; spooled != (len(want) > spill) || d.size != int64(len(want)) {
			t.Errorf("%d bytes: in a file: %v, size %d", len(want), spooled, d.size)
		}
		if left, err := os.ReadDir(d.dir); err != nil || len(left) != 0 {
			t.Errorf("%d files stand in the folder: %v", len(left), err)
		}
		var got bytes.Buffer
		if n, err := d.WriteTo(&got); n != int64(len(want)) || err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%d of %d bytes came out, %v", n, len(want), err)
		}
		a.give(d)
	}
}

func TestWhatIsHeldIsNeverDenied(t *testing.T) {
	h, wrong := newHeld(), 0
	for i := range 100_000 {
		h.add("id " + strconv.Itoa(i))
	}
	for i := range 100_000 {
		if !h.may("id " + strconv.Itoa(i)) {
			t.Fatalf("%d was added and is denied", i)
		}
		if h.may("other " + strconv.Itoa(i)) {
			wrong++
		}
	}
	if wrong > 100 {
		t.Errorf("%d of 100,000 names that were never added are thought to be there, want at most 100", wrong)
	}
}
