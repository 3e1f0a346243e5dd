package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A figure is what a crawler's process measured of itself.
type figure struct {
	Pages int           `json:"pages"`
	Busy  time.Duration `json:"busy"` // user and system time
	Wall  time.Duration `json:"wall"` // by the clock
	Peak  int64         `json:"peak"` // VmHWM, bytes
	Tally *tally        `json:"tally,omitempty"`
}

// rate is pages a busy core-second.
func (f figure) rate() float64 { return float64(f.Pages) / f.Busy.Seconds() }

// busy is the processor time of this process so far.
func busy() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that this process has held.
func peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return n << 10
		}
	}
	return 0
}

// measured runs do, and says what it cost.
func measured(do func() (int, error)) (figure, error) {
	cpu, start := busy(), time.Now()
	pages, err := do()
	return figure{Pages: pages, Busy: busy() - cpu, Wall: time.Since(start), Peak: peak()}, err
}

// child is the command of another process of ours, on one core where the
// machine has two. The server takes the first, the crawler the last.
func (s settings) child(ctx context.Context, role string) *exec.Cmd {
	args := []string{
		os.Args[0], "-role", role, "-pages", strconv.Itoa(s.pages), "-hosts", strconv.Itoa(s.hosts), "-workers", strconv.Itoa(s.workers),
		"-address", s.address, "-gap", s.gap.String(), "-dir", s.dir, "-profile", s.profile, "-for", s.lasts.String(),
	}
	core := runtime.NumCPU() - 1
	if role == "server" {
		core = 0
	}
	if _, err := exec.LookPath("taskset"); err == nil && runtime.NumCPU() > 1 {
		args = append([]string{"taskset", "-c", strconv.Itoa(core)}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // ourselves
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	return cmd
}

// serving starts a server, and returns where it listens and how it is ended.
func (s settings) serving(ctx context.Context) (address string, stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := s.child(ctx, "server")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return "", nil, err
	}
	stop = func() { cancel(); _ = cmd.Wait() } // it was told to end
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("start server: %w", err)
	}
	return strings.TrimSpace(line), stop, nil
}

// ask runs a crawler and returns its figures.
func (s settings) ask(ctx context.Context, role string) (f []figure, err error) {
	cmd := s.child(ctx, role)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", role, err)
	}
	if err := json.Unmarshal(out.Bytes(), &f); err != nil || len(f) == 0 {
		return nil, fmt.Errorf("%s: %w", role, errors.Join(errors.New("it said nothing"), err))
	}
	return f, nil
}
