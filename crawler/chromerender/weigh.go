package chromerender

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"probity/pipeline/evidence"
)

// weigh ends the page when the processes of its browser grow beyond the limit,
// until ctx ends. It reads /proc; where there is none, the limits of the script
// engine remain.
func (s *session) weigh(ctx context.Context, pid int) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if n := weight("/proc", pid); n > MaxMemory {
			s.fail(fault("render_memory", "%w: its browser holds %d MiB, more than %d", evidence.ErrInvalid, n>>20, MaxMemory>>20))
			return
		}
	}
}

// weight is the resident memory of a process group, in bytes.
func weight(proc string, group int) int64 {
	files, err := filepath.Glob(filepath.Join(proc, "[0-9]*", "stat"))
	if err != nil {
		return 0
	}
	var pages int64
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // it has ended
		}
		after := bytes.LastIndexByte(b, ')') // the name before may hold anything
		fields := bytes.Fields(b[after+1:])
		if after < 0 || len(fields) < 22 {
			continue
		}
		if g, _ := strconv.Atoi(string(fields[2])); g != group { // proc(5): field 5
			continue
		}
		n, _ := strconv.ParseInt(string(fields[21]), 10, 64) // field 24
		pages += n
	}
	return pages * int64(os.Getpagesize())
}
