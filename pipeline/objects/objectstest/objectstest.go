// Package objectstest says what an [objects.Store] promises, in sentences, as
// tests. Every backend runs the same ones.
package objectstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"probity/pipeline/evidence"
	"probity/pipeline/objects"
)

// Run holds the stores that open makes to the promise. Each call of open
// returns an empty store.
func Run(t *testing.T, open func(t *testing.T) objects.Store) {
	t.Helper()
	for name, test := range map[string]func(bench){
		"an object comes out as it went in":                               roundTrip,
		"a put replaces what stood there":                                 replaces,
		"of many who put one new key exactly one wins":                    oneWins,
		"a taken key stays what it was":                                   taken,
		"a file is put without being changed and never twice":             file,
		"a range is what stands there, shorter at the end":                ranges,
		"objects are listed in key order behind a key":                    list,
		"a list stops at the first error of its visitor and returns it":   listStops,
		"what is deleted is not found, and may be deleted again":          deleted,
		"a key that nobody put is not found":                              unknown,
		"a key that a file system could not hold is invalid":              badKeys,
		"a reader beside a writer sees the old object or the new one":     whole,
		"a context that has ended ends the call with its own error":       cancelled,
		"more than a thousand objects are listed, each once and in order": manyListed,
	} {
		t.Run(name, func(t *testing.T) { test(bench{t, open(t)}) })
	}
}

type bench struct {
	*testing.T
	s objects.Store
}

func (b bench) put(key, body string) {
	b.Helper()
	if err := b.s.Put(b.Context(), key, []byte(body)); err != nil {
		b.Fatal(err)
	}
}

func (b bench) want(key, body string) {
	b.Helper()
	if got, err := b.s.Get(b.Context(), key); err != nil || string(got) != body {
		b.Errorf("get %s = %.40q, %v, want %.40q", key, got, err, body)
	}
}

func roundTrip(b bench) {
	for key, body := range map[string]string{
		"a": "x", "empty": "", "a-b/c.d_e/f": "deep", "名/单 = +&?#%41.txt": "字", "large": strings.Repeat("0123456789", 700_000),
	} {
		b.put(key, body)
		b.want(key, body)
		o, err := b.s.Stat(b.Context(), key)
		if err != nil || o.Key != key || o.Size != int64(len(body)) || o.Time.IsZero() {
			b.Errorf("stat %s = %+v, %v, want %d bytes and a time", key, o, err, len(body))
		}
	}
}

func replaces(b bench) {
	b.put("k", "first, and longer")
	b.put("k", "second")
	b.want("k", "second")
}

func oneWins(b bench) {
	const writers = 16
	for round := range 10 {
		key := fmt.Sprintf("race/%d", round)
		var won, lost atomic.Int32
		var winner atomic.Value
		var wg sync.WaitGroup
		start := make(chan struct{})
		for w := range writers {
			body := fmt.Sprintf("writer %d", w)
			wg.Go(func() {
				<-start
				switch err := b.s.PutNew(b.Context(), key, []byte(body)); {
				case err == nil:
					won.Add(1)
					winner.Store(body)
				case errors.Is(err, evidence.ErrConflict):
					lost.Add(1)
				default:
					b.Errorf("put new = %v, want nil or a conflict", err)
				}
			})
		}
		close(start)
		wg.Wait()
		if won.Load() != 1 || lost.Load() != writers-1 {
			b.Fatalf("%d won and %d lost, want 1 and %d", won.Load(), lost.Load(), writers-1)
		}
		b.want(key, winner.Load().(string))
	}
}

func taken(b bench) {
	if err := b.s.PutNew(b.Context(), "a/k", []byte("first")); err != nil {
		b.Fatal(err)
	}
	for _, body := range []string{"second", "first"} {
		if err := b.s.PutNew(b.Context(), "a/k", []byte(body)); !errors.Is(err, evidence.ErrConflict) {
			b.Errorf("put new of a taken key = %v, want a conflict", err)
		}
	}
	b.want("a/k", "first")
}

func file(b bench) {
	path := filepath.Join(b.TempDir(), "f")
	body := strings.Repeat("segment ", 1<<18)
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := b.s.PutFile(b.Context(), "warc/f", path); err != nil {
		b.Fatal(err)
	}
	b.want("warc/f", body)
	if err := b.s.PutFile(b.Context(), "warc/f", path); !errors.Is(err, evidence.ErrConflict) {
		b.Errorf("put file of a taken key = %v, want a conflict", err)
	}
	if err := b.s.PutFile(b.Context(), "warc/g", path+"gone"); !errors.Is(err, os.ErrNotExist) {
		b.Errorf("put of a file that is not there = %v", err)
	}
}

func ranges(b bench) {
	b.put("k", "0123456789")
	for _, c := range []struct {
		offset, length int64
		want           string
	}{{0, 1, "0"}, {0, 10, "0123456789"}, {3, 4, "3456"}, {9, 1, "9"}, {8, 100, "89"}} {
		if got, err := b.s.GetRange(b.Context(), "k", c.offset, c.length); err != nil || string(got) != c.want {
			b.Errorf("range %d+%d = %q, %v, want %q", c.offset, c.length, got, err, c.want)
		}
	}
	for _, c := range [][2]int64{{10, 1}, {-1, 2}, {0, 0}, {0, -1}} {
		if got, err := b.s.GetRange(b.Context(), "k", c[0], c[1]); !errors.Is(err, evidence.ErrInvalid) {
			b.Errorf("range %d+%d = %q, %v, want invalid", c[0], c[1], got, err)
		}
	}
}

func (b bench) list(prefix, after string) (keys []string) {
	b.Helper()
	err := b.s.List(b.Context(), prefix, after, func(o objects.Object) error { keys = append(keys, o.Key); return nil })
	if err != nil {
		b.Error(err)
	}
	return keys
}

func list(b bench) {
	all := []string{"a-b", "a/b", "a/c-d", "a/c/d", "a/c/e", "ab/c", "b", "字/一", "字/二"}
	for i := range all {
		b.put(all[len(all)-1-i], "x")
	}
	for _, c := range []struct {
		prefix, after string
		want          []string
	}{
		{"", "", all},
		{"a/", "", all[1:5]},
		{"a", "", all[:6]},
		{"a/c", "", all[2:5]},
		{"a/", "a/c-d", all[3:5]},
		{"a/", "a/c/", all[3:5]},
		{"a/", "a/c/d", all[4:5]},
		{"", "a/c/e", all[5:]},
		{"字/", "字/一", all[8:]},
		{"a/", "b", nil},
		{"nothing/", "", nil},
	} {
		if got := b.list(c.prefix, c.after); !reflect.DeepEqual(got, c.want) {
			b.Errorf("list %q behind %q = %q, want %q", c.prefix, c.after, got, c.want)
		}
	}
}

func listStops(b bench) {
	for i := range 3 {
		b.put(fmt.Sprint("k", i), "x")
	}
	enough, n := errors.New("enough"), 0
	err := b.s.List(b.Context(), "", "", func(objects.Object) error {
		if n++; n == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 2 {
		b.Errorf("visited %d, %v, want 2 and enough", n, err)
	}
}

func manyListed(b bench) {
	const many = 1030 // a server lists a thousand at a time
	var want []string
	var wg sync.WaitGroup
	room := make(chan struct{}, 16)
	for i := range many {
		key := fmt.Sprintf("m/%04d", i)
		want = append(want, key)
		room <- struct{}{}
		wg.Go(func() { defer func() { <-room }(); b.put(key, "x") })
	}
	wg.Wait()
	if got := b.list("m/", ""); !reflect.DeepEqual(got, want) {
		b.Errorf("listed %d keys, want %d in order", len(got), many)
	}
}

func deleted(b bench) {
	b.put("a/k", "x")
	for range 2 {
		if err := b.s.Delete(b.Context(), "a/k"); err != nil {
			b.Error(err)
		}
	}
	if _, err := b.s.Get(b.Context(), "a/k"); !errors.Is(err, evidence.ErrNotFound) {
		b.Errorf("get = %v, want not found", err)
	}
	if err := b.s.PutNew(b.Context(), "a/k", []byte("again")); err != nil {
		b.Error(err)
	}
}

func unknown(b bench) {
	b.put("a/k", "x")
	for _, key := range []string{"nobody", "a", "a/k2", "b/c"} {
		_, err := b.s.Get(b.Context(), key)
		_, rerr := b.s.GetRange(b.Context(), key, 0, 1)
		_, serr := b.s.Stat(b.Context(), key)
		for _, err := range []error{err, rerr, serr} {
			if !errors.Is(err, evidence.ErrNotFound) {
				b.Errorf("%s: %v, want not found", key, err)
			}
		}
	}
}

func badKeys(b bench) {
	for _, key := range []string{"", "/a", "a/", "a//b", "a/../b", "..", "./a", "a\nb", "a\x00", "a\\b", "\xff", strings.Repeat("a/", 800) + "a", strings.Repeat("a", 250)} {
		_, err := b.s.Get(b.Context(), key)
		for _, err := range []error{err, b.s.Put(b.Context(), key, nil), b.s.PutNew(b.Context(), key, nil), b.s.Delete(b.Context(), key)} {
			if !errors.Is(err, evidence.ErrInvalid) {
				b.Errorf("key %.20q: %v, want invalid", key, err)
			}
		}
	}
}

func whole(b bench) {
	old, fresh := bytes.Repeat([]byte("a"), 1<<19), bytes.Repeat([]byte("b"), 1<<20)
	b.put("k", string(old))
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 10 {
			b.put("k", string([][]byte{fresh, old}[i%2]))
		}
	})
	for range 20 {
		got, err := b.s.Get(b.Context(), "k")
		if err != nil || !bytes.Equal(got, old) && !bytes.Equal(got, fresh) {
			b.Errorf("read %d bytes, %v, that nobody wrote", len(got), err)
		}
	}
	wg.Wait()
}

func cancelled(b bench) {
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	_, err := b.s.Get(ctx, "k")
	for _, err := range []error{err, b.s.PutNew(ctx, "k", []byte("x")), b.s.Delete(ctx, "k")} {
		if !errors.Is(err, context.Canceled) {
			b.Errorf("%v, want cancelled", err)
		}
	}
}
