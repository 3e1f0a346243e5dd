package wacz

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// A sorter sorts lines bytewise, of which there may be more than memory
// holds: sorted stretches wait in temporary files until they are merged.
type sorter struct {
	dir   string
	most  int // bytes in memory
	lines [][]byte
	size  int
	files []*os.File
}

// add takes a line without its line break, which it may not hold.
func (s *sorter) add(line []byte) error {
	s.lines = append(s.lines, line)
	if s.size += len(line) + 48; s.size < s.most {
		return nil
	}
	return s.spill()
}

func (s *sorter) spill() error {
	slices.SortFunc(s.lines, bytes.Compare)
	f, err := os.CreateTemp(s.dir, "sort-*")
	if err != nil {
		return fmt.Errorf("sort: %w", err)
	}
	s.files = append(s.files, f)
	w := bufio.NewWriterSize(f, 64<<10)
	for _, l := range s.lines {
		_, _ = w.Write(l)
		_ = w.WriteByte('\n') // Flush says what went wrong
	}
	s.lines, s.size = s.lines[:0], 0
	clear(s.lines[:cap(s.lines)])
	return w.Flush()
}

// each visits every line in order; the slice is the visitor's to keep. It may
// be called again.
func (s *sorter) each(visit func(line []byte) error) error {
	slices.SortFunc(s.lines, bytes.Compare)
	var all stretches
	next := 0
	all.push(&stretch{read: func() ([]byte, error) {
		if next == len(s.lines) {
			return nil, io.EOF
		}
		next++
		return s.lines[next-1], nil
	}})
	for i, f := range s.files {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("sort: %w", err)
		}
		in := bufio.NewReaderSize(f, 64<<10)
		all.push(&stretch{n: i + 1, read: func() ([]byte, error) {
			line, err := in.ReadBytes('\n')
			return bytes.TrimSuffix(line, []byte("\n")), err
		}})
	}
	for len(all.list) > 0 {
		if all.err != nil {
			return fmt.Errorf("sort: %w", all.err)
		}
		first := heap.Pop(&all).(*stretch)
		line := first.line
		all.push(first)
		if err := visit(line); err != nil {
			return err
		}
	}
	return all.err
}

// close removes the temporary files.
func (s *sorter) close() error {
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.Close(), os.Remove(f.Name()))
	}
	s.files = nil
	return errors.Join(errs...)
}

// A stretch of sorted lines.
type stretch struct {
	n    int
	line []byte // the next one
	read func() ([]byte, error)
}

// stretches is a heap of those that have a line left.
type stretches struct {
	list []*stretch
	err  error
}

// push reads the stretch's next line and puts it in.
func (s *stretches) push(x *stretch) {
	line, err := x.read()
	switch {
	case errors.Is(err, io.EOF):
	case err != nil:
		s.err = err
	default:
		x.line = line
		heap.Push(s, x)
	}
}

func (s *stretches) Len() int { return len(s.list) }

func (s *stretches) Less(i, j int) bool {
	return cmp.Or(bytes.Compare(s.list[i].line, s.list[j].line), cmp.Compare(s.list[i].n, s.list[j].n)) < 0
}
func (s *stretches) Swap(i, j int) { s.list[i], s.list[j] = s.list[j], s.list[i] }

// Push is of heap.Interface.
func (s *stretches) Push(x any) { s.list = append(s.list, x.(*stretch)) }

// Pop is of heap.Interface.
func (s *stretches) Pop() any {
	last := s.list[len(s.list)-1]
	s.list = s.list[:len(s.list)-1]
	return last
}
