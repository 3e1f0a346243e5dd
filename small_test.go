package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// quiet is a shell without terminal or environment.
func quiet(out io.Writer) shell {
	return shell{in: bytes.NewReader(nil), out: out, err: io.Discard, now: time.Now, log: slog.New(slog.DiscardHandler)}
}

// probity runs one command of probity in this process and returns what it
// printed, and its complaints as an error.
func probity(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	var out, complaints bytes.Buffer
	sh := quiet(&out)
	sh.err = &complaints
	if code := run(t.Context(), args, sh); code != 0 {
		return out.Bytes(), fmt.Errorf("probity %v: exit code %d: %s", args, code, complaints.Bytes())
	}
	return out.Bytes(), nil
}

// watchSmall crawls the small campaign of the world into dir on a day.
func watchSmall(t *testing.T, dir string, day int) DemoReport {
	t.Helper()
	return watch(t, "-campaign", "small", "-data", dir, "-day", strconv.Itoa(day))
}

// watch runs the demo once and returns its report. Differences to the ground
// truth are the caller's to judge.
func watch(t *testing.T, args ...string) DemoReport {
	t.Helper()
	out, err := probity(t, append([]string{"demo", "-once"}, args...)...)
	var r DemoReport
	if jerr := json.Unmarshal(out, &r); jerr != nil {
		t.Fatalf("demo %v: %v, %v", args, jerr, err)
	}
	if err != nil && r.Differences.Count == 0 {
		t.Fatal(err)
	}
	return r
}

// bodiesOf prints the body of every document in dir.
func bodiesOf(t *testing.T, dir string) []byte {
	t.Helper()
	out, err := probity(t, "bodies", "-data", dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatalf("%s holds no document", dir)
	}
	return out
}

// firstDifference shows where two outputs part.
func firstDifference(got, want []byte) string {
	a, b := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(a), len(b)) {
		if !bytes.Equal(a[i], b[i]) {
			return fmt.Sprintf("line %d of %d and %d:\n got %.600s\nwant %.600s", i+1, len(a), len(b), a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}

// buildBinary builds probity.
func buildBinary(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "probity")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".") // as the tests are built, so that little is compiled anew
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build probity: %v\n%s", err, out)
	}
	return bin
}
