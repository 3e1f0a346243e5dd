// Package audit reads an archive whole and says everything that is wrong with
// it, where a reader of the archive stops at the first fault that it meets:
// every digest of every record, revisits against the captures that hold their
// payload, the index of captures and the indexes beside the segments against
// the bytes.
//
// Damage is never repaired by changing a segment: what was kept and is not
// readable has to come back from a backup. What follows from the bytes is made
// again where it is wrong and the caller asks for it ([Options].Repair): the
// index beside a segment. The torn end of a segment that was being written is
// cut by the archive itself when it is opened to be worked in.
//
// What it cannot see are bits that carry nothing: the padding in and at
// the end of a deflate stream, and the hint in a gzip head how hard the compressor tried.
//
// Memory grows with the captures of one segment, by some bytes each.
package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"

	"probity/pipeline/archive"
	"probity/pipeline/archive/cdxj"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
)

// A Segment is one file of an archive.
type Segment struct {
	Name  string // final name
	Where string // file or object, for people
	Size  int64
	Open  bool // it is, or was, being written
	Bytes io.ReaderAt
}

// A Store is an archive as it is audited.
type Store interface {
	// Segments visits every segment in order of their names.
	Segments(ctx context.Context, visit func(Segment) error) error
	// Index returns the index beside a segment; evidence.ErrNotFound.
	Index(ctx context.Context, segment string) ([]byte, error)
	// MakeIndex makes it again from the segment.
	MakeIndex(ctx context.Context, segment string) error
	// Find returns where the index of captures says that one stands;
	// evidence.ErrNotFound.
	Find(ctx context.Context, id string) (archive.Entry, error)
	// Strays are the names of what is no part of the archive; missing are
	// segments that the index of captures knows and that are not there.
	Strays(ctx context.Context) (strays, missing []string, err error)
}

// Kinds of findings.
const (
	Damaged  = "damaged"  // bytes are not what they were
	Torn     = "torn"     // a segment ends within an exchange
	Gone     = "gone"     // a segment that should be there is not
	Empty    = "empty"    // a segment holds nothing at all
	Foreign  = "foreign"  // something that this program did not put there
	Original = "original" // a revisit whose payload nobody holds
	Unknown  = "unknown"  // the index of captures does not know a capture, or another place
	Index    = "index"    // the index beside a segment is missing or wrong
)

// A Finding is one thing that is wrong.
type Finding struct {
	Kind     string `json:"kind"`
	File     string `json:"file"`
	Offset   int64  `json:"offset"`            // of the stretch concerned
	Length   int64  `json:"length"`            // 0: the file as a whole
	Capture  string `json:"capture,omitempty"` // whose
	What     string `json:"what"`
	Advice   string `json:"advice"`
	Repaired bool   `json:"repaired"`
}

// A Report is what an audit found. Of a great many findings the first are
// there; Faults counts all.
type Report struct {
	Segments int       `json:"segments"`
	Captures int       `json:"captures"` // whole ones
	Revisits int       `json:"revisits"` // of them
	Attached int       `json:"attached"` // attachments of them
	Bytes    int64     `json:"bytes"`
	Faults   int       `json:"faults"`   // all that is wrong
	Repaired int       `json:"repaired"` // of them, what is right again
	Findings []Finding `json:"findings"`
}

// most findings are kept in a report.
const most = 1000

func (r *Report) add(f Finding) {
	r.Faults++
	if f.Repaired {
		r.Repaired++
	}
	if len(r.Findings) < most {
		r.Findings = append(r.Findings, f)
	}
}

// Sound reports whether nothing is wrong any more.
func (r *Report) Sound() bool { return r.Faults == r.Repaired }

// Options say how the audit is done.
type Options struct {
	Repair  bool // make indexes beside segments again where they are wrong
	Written bool // another process writes: the end of an open segment is its own affair
	Indexes bool // sealed segments have an index beside them
}

// Run audits a store. Errors are those of the store: what is wrong with the
// archive is in the report.
func Run(ctx context.Context, s Store, o Options) (Report, error) {
	a := &auditor{s: s, o: o, seed: maphash.MakeSeed()}
	strays, missing, err := s.Strays(ctx)
	if err != nil {
		return a.r, err
	}
	for _, name := range strays {
		a.r.add(Finding{Kind: Foreign, File: name, What: "it is no part of the archive", Advice: "move it away"})
	}
	for _, name := range missing {
		a.r.add(Finding{Kind: Gone, File: name, What: "the index of captures knows it and it is not there", Advice: fromBackup})
	}
	err = s.Segments(ctx, func(seg Segment) error { return a.segment(ctx, seg) })
	return a.r, err
}

const fromBackup = "restore it from a backup, or move it away and run `probity rebuild` to go on without its captures"

type auditor struct {
	s    Store
	o    Options
	r    Report
	seed maphash.Seed
}

// segment audits one of them.
func (a *auditor) segment(ctx context.Context, s Segment) error {
	a.r.Segments++
	a.r.Bytes += s.Size
	if s.Size == 0 && !s.Open {
		a.r.add(Finding{Kind: Empty, File: s.Where, What: "it holds nothing, not even a head", Advice: fromBackup})
		return nil
	}
	lines := map[string]uint64{} // of the index: where each record stands, and a hash of its line
	whole, first := true, ""
	others, err := warcfiles.Audit(ctx, s.Bytes, s.Size, s.Name, func(l archive.Listed) error {
		a.r.Captures++
		a.r.Attached += len(l.Parts)
		if first == "" {
			first = l.ID
		}
		b, err := cdxj.Encode([]archive.Listed{l})
		if err != nil {
			return err
		}
		for line := range bytes.Lines(b) {
			lines[cdxj.Place(line)] = maphash.Bytes(a.seed, line)
		}
		return a.capture(ctx, s, l)
	}, func(f warcfiles.Fault) {
		whole = false
		a.fault(s, f)
	})
	switch {
	case err != nil:
		return err
	case others > 0:
		a.r.add(Finding{Kind: Foreign, File: s.Where, What: fmt.Sprintf("%d of its records belong to no exchange of this program", others), Advice: "move it away, or restore the file that had its name"})
	case first == "" && whole && !s.Open:
		a.r.add(Finding{Kind: Empty, File: s.Where, What: "it has no exchange", Advice: "move it away"})
	}
	if s.Open || !a.o.Indexes {
		return nil
	}
	return a.index(ctx, s, lines, whole && others == 0)
}

// fault adds a stretch that cannot be read.
func (a *auditor) fault(s Segment, f warcfiles.Fault) {
	out := Finding{Kind: Damaged, File: s.Where, Offset: f.Offset, Length: f.End - f.Offset, What: f.Err.Error(), Advice: fromBackup}
	if f.Torn && f.End == s.Size {
		out.Kind = Torn
		if s.Open {
			if a.o.Written {
				return
			}
			out.Advice = "`probity archive check -repair` cuts it off, as the next start would: nothing of it was ever settled"
		}
	}
	a.r.add(out)
}

// capture compares one with what others say of it.
func (a *auditor) capture(ctx context.Context, s Segment, l archive.Listed) error {
	at := Finding{File: s.Where, Offset: l.Start, Length: l.Length, Capture: l.ID}
	e, err := a.s.Find(ctx, l.ID)
	switch {
	case errors.Is(err, evidence.ErrNotFound) && s.Open: // on its way
	case errors.Is(err, evidence.ErrNotFound):
		at.Kind, at.What, at.Advice = Unknown, "the index of captures does not know it", "run `probity rebuild`, which makes the index again"
		a.r.add(at)
	case err != nil:
		return err
	case e != l.Entry:
		at.Kind, at.Advice = Unknown, "run `probity rebuild`, which makes the index again; if it says the same then, move one of the two files away"
		at.What = "the index of captures says that it stands at " + e.Location().String()
		a.r.add(at)
	}
	if l.Original == "" {
		return nil
	}
	a.r.Revisits++
	o, err := a.s.Find(ctx, l.Original)
	switch {
	case err != nil && !errors.Is(err, evidence.ErrNotFound):
		return err
	case err != nil:
		at.What = "its payload should be held by " + l.Original + ", which nobody knows"
	case o.Original != "" || o.Payload != l.Payload:
		at.What = "its payload should be held by " + l.Original + ", which holds another"
	default:
		return nil
	}
	at.Kind, at.Advice = Original, "restore the file of that capture from a backup, then run `probity rebuild`"
	a.r.add(at)
	return nil
}

// index compares the index beside a segment with the lines that follow from
// it; what is damaged has none to compare with.
func (a *auditor) index(ctx context.Context, s Segment, want map[string]uint64, whole bool) error {
	f := Finding{Kind: Index, File: cdxj.Name(s.Where), Advice: "`probity archive check -repair` makes it again from the segment"}
	b, err := a.s.Index(ctx, s.Name)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		f.What = "it is missing"
	case err != nil:
		return err
	default:
		f.What = a.differs(b, want, whole)
	}
	if f.What == "" {
		return nil
	}
	if !whole {
		f.Advice = "first put its segment right"
	} else if a.o.Repair {
		if err := a.s.MakeIndex(ctx, s.Name); err != nil {
			return err
		}
		f.Repaired, f.Advice = true, "it was made again from its segment"
	}
	a.r.add(f)
	return nil
}

// differs says in words how an index is not what follows from its segment.
// Of one that is damaged only a part of the lines is known.
func (a *auditor) differs(index []byte, want map[string]uint64, whole bool) string {
	var last []byte
	n, wrong, unsorted := 0, 0, false
	for line := range bytes.Lines(index) {
		n++
		if hash, ok := want[cdxj.Place(line)]; ok && hash != maphash.Bytes(a.seed, line) || !ok && whole {
			wrong++
		}
		unsorted = unsorted || bytes.Compare(last, line) > 0
		last = line
	}
	switch {
	case wrong > 0:
		return fmt.Sprintf("%d of its %d lines are not what the segment holds", wrong, n)
	case whole && n != len(want):
		return fmt.Sprintf("it has %d lines and the segment %d records to name", n, len(want))
	case unsorted:
		return "its lines are not sorted"
	}
	return ""
}
