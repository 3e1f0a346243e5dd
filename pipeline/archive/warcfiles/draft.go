package warcfiles

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
)

// spill is how many bytes of an exchange are held in memory before they stand
// in its file; beyond, they wait in one without a name.
const spill = 512 << 10

// A draft is an exchange as it will stand in its file. It is composed before
// anything else is kept from writing, since compressing takes its time.
type draft struct {
	dir  string // for what is large
	buf  bytes.Buffer
	file *os.File
	out  *bufio.Writer // to file
	size int64
}

// Write implements io.Writer.
func (d *draft) Write(p []byte) (n int, err error) {
	if d.file == nil && d.buf.Len()+len(p) > spill {
		if err := d.spool(); err != nil {
			return 0, err
		}
	}
	if d.file == nil {
		n, _ = d.buf.Write(p) // it never fails
	} else {
		n, err = d.out.Write(p)
	}
	d.size += int64(n)
	return n, err
}

// spool goes on in a file. It has no name, so a crash leaves nothing of it.
func (d *draft) spool() error {
	f, err := os.CreateTemp(d.dir, "draft-*")
	if err != nil {
		return err
	}
	if err := os.Remove(f.Name()); err != nil {
		return errors.Join(err, f.Close())
	}
	d.file, d.out = f, bufio.NewWriterSize(f, 64<<10)
	_, err = d.buf.WriteTo(d.out)
	return err
}

// WriteTo implements io.WriterTo.
func (d *draft) WriteTo(w io.Writer) (int64, error) {
	if d.file == nil {
		return d.buf.WriteTo(w)
	}
	if err := d.out.Flush(); err != nil {
		return 0, err
	}
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	return io.Copy(w, d.file)
}

// draft returns an empty one; give takes it back.
func (a *Files) draft() *draft {
	d, _ := a.drafts.Get().(*draft)
	return d
}

func (a *Files) give(d *draft) {
	d.buf.Reset()
	d.size = 0
	if d.file != nil {
		_ = d.file.Close() // nobody will read it
		d.file, d.out = nil, nil
	}
	a.drafts.Put(d)
}
