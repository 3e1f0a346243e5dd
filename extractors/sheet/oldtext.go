package sheet

import (
	"math"
	"unicode/utf16"
)

// rk unpacks a number of 30 bits (MS-XLS, 2.5.217).
func rk(v uint32) float64 {
	var f float64
	if v&2 != 0 {
		f = float64(int32(v) >> 2)
	} else {
		f = math.Float64frombits(uint64(v&^3) << 32)
	}
	if v&1 != 0 {
		f /= 100
	}
	return f
}

// A field reads numbers of a record; beyond its end they are 0.
type field []byte

func (f field) from(at int) []byte { return f[min(at, len(f)):] }

func (f field) u8(at int) byte {
	if at < 0 || at >= len(f) {
		return 0
	}
	return f[at]
}
func (f field) u16(at int) uint16 { return uint16(f.u8(at)) | uint16(f.u8(at+1))<<8 }
func (f field) u32(at int) uint32 { return uint32(f.u16(at)) | uint32(f.u16(at+2))<<16 }
func (f field) u64(at int) uint64 { return uint64(f.u32(at)) | uint64(f.u32(at+4))<<32 }

// texts reads texts that may run over the parts of a record.
type texts struct {
	parts [][]byte
	at    int
}

// short reads a text whose length takes that many bytes; what is cut off stays
// so.
func (t texts) short(length int) string {
	d := field(t.parts[0])
	n, flags := int(d.u16(0)), d.u8(2)
	if length == 1 {
		n, flags = int(d.u8(0)), d.u8(1)
	}
	t.at = length + 1
	s, _ := t.characters(n, flags)
	return s
}

// next gives n bytes, over the ends of parts.
func (t *texts) next(n int) ([]byte, bool) {
	var out []byte
	for n > 0 {
		if len(t.parts) == 0 {
			return out, false
		}
		if t.at >= len(t.parts[0]) {
			t.parts, t.at = t.parts[1:], 0
			continue
		}
		take := min(n, len(t.parts[0])-t.at)
		out = append(out, t.parts[0][t.at:t.at+take]...)
		t.at, n = t.at+take, n-take
	}
	return out, true
}

// characters reads n of them; where a part ends among them, the next begins
// with their new width (MS-XLS, 2.5.293).
func (t *texts) characters(n int, flags byte) (string, bool) {
	var units []uint16
	for len(units) < n {
		if len(t.parts) == 0 {
			return string(utf16.Decode(units)), false
		}
		if t.at >= len(t.parts[0]) {
			if t.parts, t.at = t.parts[1:], 0; len(t.parts) == 0 || len(t.parts[0]) == 0 {
				return string(utf16.Decode(units)), false
			}
			flags, t.at = t.parts[0][0], 1
			continue
		}
		width := 1 + int(flags&1)
		b, ok := t.next(width)
		if !ok {
			return string(utf16.Decode(units)), false
		}
		units = append(units, field(b).u16(0))
	}
	return string(utf16.Decode(units)), true
}

// rich reads one text of the shared list, and passes over its formatting.
func (t *texts) rich() (string, bool) {
	head, ok := t.next(3)
	if !ok {
		return "", false
	}
	flags, skip := head[2], 0
	if flags&8 != 0 {
		b, ok := t.next(2)
		if !ok {
			return "", false
		}
		skip += 4 * int(field(b).u16(0))
	}
	if flags&4 != 0 {
		b, ok := t.next(4)
		if !ok {
			return "", false
		}
		skip += int(min(field(b).u32(0), 1<<24))
	}
	s, ok := t.characters(int(field(head).u16(0)), flags)
	if !ok {
		return s, false
	}
	_, ok = t.next(skip)
	return s, ok
}
