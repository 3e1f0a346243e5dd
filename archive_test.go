package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// damage KIND DIR does to the oldest segment of an archive what disks and
// people do: flip (one bit of a body), cut (a member out of the middle), empty,
// foreign (another program's file under its name), stray (a file of nobody),
// unindex (the index beside it), misindex (a line of it). reopen gives the
// newest its name back as it was before it was sealed, torn.
func cmdDamage(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[1]), "probity-*.warc.gz"))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("%s: no files", args[1])
	}
	slices.Sort(files)
	file := files[0]
	b, err := os.ReadFile(file)
	ts.Check(err)
	index := strings.TrimSuffix(file, ".warc.gz") + ".cdxj"
	member := []byte{0x1f, 0x8b, 8}
	switch args[0] {
	case "flip":
		at := bytes.Index(b[1:], member) + 1 + 60 // within the first record behind the head
		b[at] ^= 4
		ts.Check(os.WriteFile(file, b, 0o600))
	case "cut":
		second := bytes.Index(b[1:], member) + 1
		third := second + 1 + bytes.Index(b[second+1:], member)
		ts.Check(os.WriteFile(file, slices.Concat(b[:second], b[third:]), 0o600))
	case "empty":
		ts.Check(os.WriteFile(file, nil, 0o600))
	case "foreign":
		ts.Check(os.WriteFile(file, []byte("PK\x03\x04 this is no archive of ours"), 0o600))
	case "stray":
		ts.Check(os.WriteFile(filepath.Join(filepath.Dir(file), "notes.txt"), []byte("x"), 0o600))
	case "unindex":
		ts.Check(os.Remove(index))
	case "misindex":
		lines, err := os.ReadFile(index)
		ts.Check(err)
		ts.Check(os.WriteFile(index, bytes.Replace(lines, []byte(`"status":"200"`), []byte(`"status":"404"`), 1), 0o600))
	case "reopen":
		last := files[len(files)-1]
		b, err := os.ReadFile(last)
		ts.Check(err)
		ts.Check(os.WriteFile(last+".open", append(b, b[:200]...), 0o600)) // a record that was begun
		ts.Check(os.Remove(last))
		ts.Check(os.Remove(strings.TrimSuffix(last, ".warc.gz") + ".cdxj"))
	default:
		ts.Fatalf("no damage %q", args[0])
	}
}
