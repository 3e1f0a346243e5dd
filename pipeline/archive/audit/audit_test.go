package audit_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/archive/archivetest"
	"probity/pipeline/archive/audit"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sealed is an archive of one sealed file: two pages, the second of them
// visited twice, the first with an attachment.
func sealed(t *testing.T) (s audit.Files, file string, at []archive.Location) {
	t.Helper()
	dir := t.TempDir()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(dir, "db"))
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	o := warcfiles.Options{Dir: filepath.Join(dir, "archive"), DB: db, Now: time.Now, Software: "test", Index: true}
	a, err := warcfiles.Open(t.Context(), o)
	must(t, err)
	for i, n := range []int{0, 1, 1} {
		e := archivetest.Exchange(i, fmt.Sprintf("https://example.example/%d", n), strings.Repeat("page ", 50+n))
		if i == 0 {
			e.Attach(evidence.AttachedDOM, "text/html", "", []byte("<p>"))
			archivetest.Seal(&e)
		}
		loc, err := a.Keep(t.Context(), e)
		must(t, err)
		at = append(at, loc)
		must(t, a.Commit(t.Context(), e.Capture.ID))
	}
	must(t, a.Close())
	o.ReadOnly = true
	a, err = warcfiles.Open(t.Context(), o)
	must(t, err)
	return audit.Files{Files: a}, filepath.Join(o.Dir, at[0].File), at
}

func run(t *testing.T, s audit.Store) audit.Report {
	t.Helper()
	r, err := audit.Run(t.Context(), s, audit.Options{Indexes: true})
	must(t, err)
	return r
}

func TestASoundArchiveIsSound(t *testing.T) {
	s, _, _ := sealed(t)
	r := run(t, s)
	if !r.Sound() || r.Segments != 1 || r.Captures != 3 || r.Revisits != 1 || r.Attached != 1 {
		t.Errorf("report %+v", r)
	}
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	s, file, _ := sealed(t)
	whole, err := os.ReadFile(file)
	must(t, err)
	for offset := 0; offset < len(whole); offset += 3 {
		b := slices.Clone(whole)
		b[offset] ^= 1 << (offset % 8)
		must(t, os.WriteFile(file, b, 0o600))
		r := run(t, s)
		if r.Sound() && !padding(whole, offset) && !gap(whole, b, offset) && !hint(whole, b, offset) {
			t.Errorf("bit %d of byte %d was flipped: %+v", offset%8, offset, r)
		}
	}
}

// padding reports whether a byte is the last of a deflate stream, before the
// eight of checksum and length: its upper bits may mean nothing (RFC 1951, 3.2.3).
func padding(whole []byte, offset int) bool {
	next := offset + 9
	return next == len(whole) || next+3 < len(whole) && bytes.Equal(whole[next:next+3], []byte{0x1f, 0x8b, 8})
}

// gap reports whether a flipped bit fills up the head of a stored block, the
// first of its member, to a whole byte (RFC 1951, 3.2.4).
func gap(whole, b []byte, offset int) bool {
	return offset >= 10 && bytes.Equal(whole[offset-10:offset-7], []byte{0x1f, 0x8b, 8}) && whole[offset]&6 == 0 && (whole[offset]^b[offset])&7 == 0
}

// hint reports whether a byte says how hard a compressor tried, and still says
// so: 0, 2 or 4 (RFC 1952, XFL), of which each may stand there.
func hint(whole, b []byte, offset int) bool {
	return offset >= 8 && bytes.Equal(whole[offset-8:offset-5], []byte{0x1f, 0x8b, 8}) && (b[offset] == 0 || b[offset] == 2 || b[offset] == 4)
}

func TestWhatStandsBehindDamageIsStillChecked(t *testing.T) {
	s, file, at := sealed(t)
	whole, err := os.ReadFile(file)
	must(t, err)
	for name, c := range map[string]struct {
		b     []byte
		kind  string
		begin int64
		left  int
	}{
		"noise over the second exchange":       {slices.Concat(whole[:at[1].Offset], make([]byte, at[1].Length), whole[at[2].Offset:]), audit.Damaged, at[1].Offset, 2},
		"the second exchange is cut out":       {slices.Concat(whole[:at[1].Offset], whole[at[2].Offset:]), audit.Unknown, at[1].Offset, 2},
		"it ends within the last exchange":     {whole[:at[2].Offset+30], audit.Torn, at[2].Offset, 2},
		"noise behind the last exchange":       {slices.Concat(whole, []byte("noise, and more noise than a head has")), audit.Damaged, int64(len(whole)), 3},
		"records of another program behind it": {slices.Concat(whole, whole[:at[0].Offset], whole[at[0].Offset:at[0].Offset+1]), audit.Torn, 0, 3},
	} {
		must(t, os.WriteFile(file, c.b, 0o600))
		r := run(t, s)
		if r.Sound() || r.Captures != c.left || r.Findings[0].Kind != c.kind || c.begin > 0 && r.Findings[0].Offset != c.begin {
			t.Errorf("%s: %+v\nwant first %s at %d, and %d captures", name, r, c.kind, c.begin, c.left)
		}
	}
}

func TestAMissingFileIsGone(t *testing.T) {
	s, file, _ := sealed(t)
	must(t, os.Remove(file))
	r := run(t, s)
	if r.Sound() || r.Findings[0].Kind != audit.Gone || r.Findings[0].File != filepath.Base(file) {
		t.Errorf("report %+v", r)
	}
}

// FuzzAudit audits a file that anybody may have written: it ends, and what is
// no whole archive is not sound.
func FuzzAudit(f *testing.F) {
	f.Add([]byte("\x1f\x8b\x08"), false)
	f.Add([]byte{}, true)
	f.Fuzz(func(t *testing.T, b []byte, open bool) {
		s := strange{b: b, open: open}
		r, err := audit.Run(t.Context(), s, audit.Options{})
		if err != nil || r.Captures > 0 && r.Sound() {
			t.Errorf("report %+v, %v", r, err)
		}
	})
}
