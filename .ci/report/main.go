// Command report reads the events of go test -json and prints what a person
// wants to know: failures in full, then how many tests ran, and which were
// skipped and why.
//
// With CI=true a test may be skipped only for what could not have been
// installed here: its reason starts with "not here:".
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

type tally struct {
	passed, failed int
	skipped        map[string]string
	output         map[string][]string
	total          bool
}

func main() {
	t := &tally{skipped: map[string]string{}, output: map[string][]string{}}
	flag.BoolVar(&t.total, "total", false, "print the count only")
	flag.Parse()
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil {
			if !t.total {
				fmt.Println(in.Text())
			}
			continue
		}
		t.take(e)
	}
	os.Exit(t.close())
}

func (t *tally) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		t.output[key] = append(t.output[key], e.Output)
		if e.Action == "build-output" && !t.total {
			fmt.Print(e.Output)
		}
	case "pass":
		if e.Test != "" {
			t.passed++
		} else if !t.total {
			fmt.Printf("ok    %s %.1fs\n", e.Package, e.Elapsed)
		}
		delete(t.output, key)
	case "fail":
		t.failed++
		if !t.total {
			fmt.Printf("FAIL  %s\n%s", key, strings.Join(t.output[key], ""))
		}
	case "skip":
		if e.Test != "" {
			t.skipped[key] = reason(t.output[key])
		}
	}
}

// reason is the last line a skipped test printed about itself.
func reason(output []string) string {
	for _, line := range slices.Backward(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "===") {
			_, why, ok := strings.Cut(line, ".go:")
			if _, after, cut := strings.Cut(why, ": "); ok && cut {
				return after
			}
			return line
		}
	}
	return "no reason given"
}

func (t *tally) close() int {
	keys := make([]string, 0, len(t.skipped))
	for key := range t.skipped {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	bad := 0
	for _, key := range keys {
		note := ""
		if os.Getenv("CI") == "true" && !strings.HasPrefix(t.skipped[key], "not here:") {
			note, bad = "  <- may not be skipped in CI", bad+1
		}
		fmt.Printf("skip  %s: %s%s\n", key, t.skipped[key], note)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", t.passed, t.failed, len(t.skipped))
	if t.failed+bad > 0 || t.passed == 0 {
		return 1
	}
	return 0
}
