package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What the archive holds is read by others than ourselves: the validators of
// warcio (PyPI) and jwarc (Maven Central) find nothing wrong with the files of
// a first run and of one that found most of it unchanged.
func TestOutsideValidators(t *testing.T) {
	if os.Getenv("PROBITY_WARC") == "" {
		t.Skip("not here: needs PROBITY_WARC=1 and warcio (pip install warcio); make warc fetches jwarc too")
	}
	dir := filepath.Join(t.TempDir(), "data")
	for day := range 2 {
		watchSmall(t, dir, day)
	}
	files, err := filepath.Glob(filepath.Join(dir, "archive", "*.warc.gz"))
	if err != nil || len(files) < 2 {
		t.Fatalf("the archive has the files %v, %v: want those of two runs", files, err)
	}
	t.Run("warcio check", func(t *testing.T) {
		validate(t, "warcio", append([]string{"check", "-v"}, files...)...)
	})
	t.Run("jwarc validate", func(t *testing.T) {
		jar := os.Getenv("JWARC")
		if jar == "" {
			t.Skip("not here: needs JWARC=path of jwarc.jar (org.netpreserve:jwarc), which make warc fetches where Maven is")
		}
		validate(t, "java", append([]string{"-jar", jar, "validate"}, files...)...)
	})
}

func validate(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, args[0], err, out)
	}
}
