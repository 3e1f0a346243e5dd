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
	"io"
	"slices"
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
	Offset int64 // of its gzip member; set by the reader
	Length int64 // of its gzip member; set by the reader
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
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// A Writer writes records, and keeps its compressor from one to the next. It
// is not safe for concurrent use.
type Writer struct{ z *gzip.Writer }

// Append writes the record to w as one gzip member, with Content-Length and
// WARC-Block-Digest added. A field that holds a line break is
// evidence.ErrInvalid.
func (e *Writer) Append(w io.Writer, r Record) error {
	var head bytes.Buffer
	head.WriteString(Version + "\r\n")
	fields := append(slices.Clip(r.Fields),
		Field{"WARC-Block-Digest", Digest(r.Block)}, Field{"Content-Length", strconv.Itoa(len(r.Block))})
	for _, f := range fields {
		if strings.ContainsAny(f.Name+f.Value, "\r\n\x00") {
			return fmt.Errorf("write WARC field %s: %w: its value %q holds a line break", f.Name, evidence.ErrInvalid, f.Value)
		}
		head.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	head.WriteString("\r\n")
	if e.z == nil {
		e.z = gzip.NewWriter(w)
	} else {
		e.z.Reset(w)
	}
	for _, part := range [][]byte{head.Bytes(), r.Block, []byte("\r\n\r\n")} {
		if _, err := e.z.Write(part); err != nil {
			return fmt.Errorf("write WARC record: %w", err)
		}
	}
	if err := e.z.Close(); err != nil {
		return fmt.Errorf("write WARC record: %w", err)
	}
	return nil
}
