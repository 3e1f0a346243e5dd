// Package warc writes and reads records of WARC files (WARC/1.1, IIPC; ISO
// 28500:2017), one gzip member a record, so that each record can be read by
// itself from its offset.
//
// It knows the frame only: named fields, block, digests. What records mean
// together is for package warcfiles. The reader is made for files that others
// may have damaged: it has limits, verifies every digest it meets, and says
// at which offset it failed.
package warc

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"

	"probity/pipeline/evidence"
)

// Version is the first line of every record written here.
const Version = "WARC/1.1"

// A Field is one named field of a record's header.
type Field struct{ Name, Value string }

// A Record is one WARC record. Content-Length, and the block digest where a
// block was written here, are made by Append and not among the Fields given.
type Record struct {
	Fields []Field
	Block  []byte
	Rest   []byte // of the block, where it stands elsewhere; for writing only
	Packed bool   // the block is compressed by itself and is stored as it is; for writing only
	Offset int64  // of its gzip member; set by the reader
	Length int64  // of its gzip member; set by the reader
}

// Get returns the value of the first field of that name, whatever its case.
func (r Record) Get(name string) string {
	for _, f := range r.Fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Type returns the WARC-Type.
func (r Record) Type() string { return r.Get("WARC-Type") }

// Digest returns a digest as WARC writes it: sha256, lower-case hexadecimal.
func Digest(b []byte) string { return Algorithm + evidence.DigestBytes(b) }

// Algorithm is how a digest begins that WARC writes.
const Algorithm = "sha256:"

// A Writer writes records, and keeps its compressors from one to the next. It
// is not safe for concurrent use.
//
// Pages are compressed at the lowest level: of a page in Chinese it takes half
// the time of the usual one for a tenth more bytes, and time is what a crawl
// has least of. What is shorter than a table of codes is worth, or is compressed
// by itself, is stored. Nothing of a block is copied or held: it goes through to w.
type Writer struct {
	z, stored *gzip.Writer
	sum       hash.Hash
	head      bytes.Buffer
}

// short is the length below which a record is stored as it is.
const short = 700

// Append writes the record to w as one gzip member, with Content-Length and
// WARC-Block-Digest added. A field that holds a line break is
// evidence.ErrInvalid.
func (e *Writer) Append(w io.Writer, r Record) error {
	e.head.Reset()
	e.head.WriteString(Version + "\r\n")
	for _, f := range r.Fields {
		if err := e.field(f.Name, f.Value); err != nil {
			return err
		}
	}
	if err := e.field("WARC-Block-Digest", Algorithm+e.digest(r)); err != nil {
		return err
	}
	length := len(r.Block) + len(r.Rest)
	if err := e.field("Content-Length", strconv.Itoa(length)); err != nil {
		return err
	}
	e.head.WriteString("\r\n")
	z, err := e.compressor(w, r.Packed || e.head.Len()+length < short)
	if err != nil {
		return fmt.Errorf("write WARC record: %w", err)
	}
	for _, part := range [][]byte{e.head.Bytes(), r.Block, r.Rest, []byte("\r\n\r\n")} {
		if _, err := z.Write(part); err != nil {
			return fmt.Errorf("write WARC record: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write WARC record: %w", err)
	}
	return nil
}

func (e *Writer) field(name, value string) error {
	if strings.ContainsAny(name, "\r\n\x00") || strings.ContainsAny(value, "\r\n\x00") {
		return fmt.Errorf("write WARC field %s: %w: its value %q holds a line break", name, evidence.ErrInvalid, value)
	}
	e.head.WriteString(name)
	e.head.WriteString(": ")
	e.head.WriteString(value)
	e.head.WriteString("\r\n")
	return nil
}

// digest is that of a record's block, in lower-case hexadecimal.
func (e *Writer) digest(r Record) string {
	if e.sum == nil {
		e.sum = sha256.New()
	}
	e.sum.Reset()
	e.sum.Write(r.Block)
	e.sum.Write(r.Rest)
	return hex.EncodeToString(e.sum.Sum(nil))
}

// compressor is the one for a record, ready to write to w.
func (e *Writer) compressor(w io.Writer, stored bool) (_ *gzip.Writer, err error) {
	z, level := &e.z, gzip.BestSpeed
	if stored {
		z, level = &e.stored, gzip.NoCompression
	}
	if *z == nil {
		*z, err = gzip.NewWriterLevel(w, level)
		return *z, err
	}
	(*z).Reset(w)
	return *z, nil
}
