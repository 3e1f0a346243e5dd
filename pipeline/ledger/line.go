package ledger

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"probity/pipeline/canon"
	"probity/pipeline/evidence"
)

// maxLine bounds a line of entries or blobs, in bytes.
const maxLine = 64 << 20

// A leaf is what is hashed of an entry: its canonical JSON. A line is the
// leaf with one more member at its end, "leaf", the hash in hexadecimal.
type leaf struct {
	Seq  int64           `json:"seq"`
	Time string          `json:"time"` // RFC 3339, UTC
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
	More int             `json:"more,omitempty"` // entries behind this one that were added with it
}

const tail = `,"leaf":"` // 64 hexadecimal characters and `"}` follow

// line writes an entry, with its line break, and returns its hash.
func (e leaf) line() ([]byte, tlog.Hash, error) {
	b, err := canon.JSON(e)
	if err != nil {
		return nil, tlog.Hash{}, err
	}
	h := tlog.RecordHash(b)
	b = append(b[:len(b)-1], tail+hex.EncodeToString(h[:])+"\"}\n"...)
	if len(b) > maxLine {
		return nil, h, fmt.Errorf("%w: an entry of %d bytes, %d at most; seal the large part and name its digest", evidence.ErrInvalid, len(b), maxLine)
	}
	return b, h, nil
}

// parse reads a line without its line break, and checks its hash.
func parse(line []byte) (e Entry, more int, err error) {
	at := len(line) - len(tail) - 2*tlog.HashSize - len(`"}`)
	if at < 0 || !bytes.HasPrefix(line[at:], []byte(tail)) || !bytes.HasSuffix(line, []byte(`"}`)) {
		return e, 0, fmt.Errorf("%w: it does not end in the hash of its leaf", evidence.ErrInvalid)
	}
	data := append(slices.Clone(line[:at]), '}')
	e.Leaf = tlog.RecordHash(data)
	if stated := string(line[at+len(tail) : len(line)-2]); stated != hex.EncodeToString(e.Leaf[:]) {
		return e, 0, fmt.Errorf("%w: its text has another hash than it states", evidence.ErrInvalid)
	}
	var v leaf
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return e, 0, fmt.Errorf("%w: %s", evidence.ErrInvalid, strings.TrimPrefix(err.Error(), "json: "))
	}
	t, err := time.Parse(time.RFC3339Nano, v.Time)
	if err != nil || v.Seq < 1 || v.More < 0 || v.Kind == "" || len(v.Body) == 0 {
		return e, 0, fmt.Errorf("%w: no entry has seq %d, time %q, kind %q", evidence.ErrInvalid, v.Seq, v.Time, v.Kind)
	}
	e.Seq, e.Time, e.Kind, e.Body = v.Seq, t.UTC(), v.Kind, v.Body
	return e, v.More, nil
}

func changed(seq int64, file string, err error) error {
	return fmt.Errorf("entry %d in %s is damaged or was changed: %w; restore the file from a backup", seq, file, err)
}

func missing(seq, next int64, file string) error {
	return fmt.Errorf("%w: entry %d is missing: %s goes on with entry %d; restore the files from a backup", evidence.ErrInvalid, seq, file, next)
}
