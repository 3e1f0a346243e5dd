package pdf

import (
	"math"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

const (
	thick  = 4.0 // points up to which a filled strip is a line
	stub   = 3.0 // points below which a line is none
	askew  = 0.8 // points by which a line may lie askew
	closer = 2.5 // points within which two lines are one
)

// path takes the straight lines of a drawn path: its strokes, and the narrow
// strips that many programs fill instead.
func (s *scan) path(o references.FPDF_PAGEOBJECT, m matrix) error {
	mode, err := s.in.FPDFPath_GetDrawMode(&requests.FPDFPath_GetDrawMode{PageObject: o})
	if err != nil {
		return refuse("%v", err)
	}
	n, err := s.in.FPDFPath_CountSegments(&requests.FPDFPath_CountSegments{PageObject: o})
	if err != nil {
		return refuse("%v", err)
	}
	if s.out.pathPoints += n.Count; s.out.pathPoints > MaxPoints {
		return refuse("more than %d points in the drawings of one page", MaxPoints)
	}
	t := tracer{scan: s, stroke: mode.Stroke, fill: mode.FillMode != enums.FPDF_FILLMODE_NONE}
	for i := range n.Count {
		if err := s.segment(&t, o, m, i); err != nil {
			return err
		}
	}
	t.end()
	return nil
}

func (s *scan) segment(t *tracer, o references.FPDF_PAGEOBJECT, m matrix, i int) error {
	seg, err := s.in.FPDFPath_GetPathSegment(&requests.FPDFPath_GetPathSegment{PageObject: o, Index: i})
	if err != nil {
		return refuse("%v", err)
	}
	kind, err := s.in.FPDFPathSegment_GetType(&requests.FPDFPathSegment_GetType{PathSegment: seg.PathSegment})
	if err != nil {
		return refuse("%v", err)
	}
	at, err := s.in.FPDFPathSegment_GetPoint(&requests.FPDFPathSegment_GetPoint{PathSegment: seg.PathSegment})
	if err != nil {
		return refuse("%v", err)
	}
	shut, err := s.in.FPDFPathSegment_GetClose(&requests.FPDFPathSegment_GetClose{PathSegment: seg.PathSegment})
	if err != nil {
		return refuse("%v", err)
	}
	x, y := s.turn(m.apply(float64(at.X), float64(at.Y)))
	if math.IsNaN(x+y) || math.IsInf(x+y, 0) {
		return nil
	}
	switch kind.Type {
	case enums.FPDF_SEGMENT_MOVETO:
		t.end()
	case enums.FPDF_SEGMENT_LINETO:
	default:
		t.curved = true
	}
	t.points = append(t.points, [2]float64{x, y})
	if shut.IsClose {
		t.points = append(t.points, t.points[0])
	}
	return nil
}

// A tracer gathers one part of a path.
type tracer struct {
	scan         *scan
	stroke, fill bool
	curved       bool
	points       [][2]float64
}

// end takes the lines of a part.
func (t *tracer) end() {
	points, curved := t.points, t.curved
	t.points, t.curved = nil, false
	if curved || len(points) < 2 {
		return
	}
	if t.fill {
		b := box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
		for _, p := range points {
			b = box{min(b.x0, p[0]), min(b.y0, p[1]), max(b.x1, p[0]), max(b.y1, p[1])}
		}
		if min(b.x1-b.x0, b.height()) <= thick {
			t.scan.line(b)
			return
		}
	}
	for i := 1; t.stroke && i < len(points); i++ {
		a, z := points[i-1], points[i]
		t.scan.line(box{min(a[0], z[0]), min(a[1], z[1]), max(a[0], z[0]), max(a[1], z[1])})
	}
}

// line keeps a strip as the line that it is.
func (s *scan) line(b box) {
	w, h := b.x1-b.x0, b.height()
	x, y := b.middle()
	switch {
	case max(w, h) < stub || min(w, h) > max(askew, thick) || w <= 2*h && h <= 2*w:
	case w > h:
		s.out.across = append(s.out.across, rule{y, b.x0, b.x1})
	default:
		s.out.down = append(s.out.down, rule{x, b.y0, b.y1})
	}
}
