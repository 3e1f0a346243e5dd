package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/sync/errgroup"

	"probity/deploy/world"
	"probity/pipeline/evidence"
)

// A troop is the members of a demo's fleet that are processes of their own:
// the same binary, told by a file of settings where the world is.
type troop struct {
	members []*exec.Cmd
}

// clockVar holds the clock of a world: a moment of the world, @, and the
// moment of this machine that it fell on, both in nanoseconds of Unix time.
const clockVar = "PROBITY_TEST_CLOCK"

// worldClock reads the clock of a world from the environment; without one it
// is now.
func worldClock(env []string, now func() time.Time) (func() time.Time, error) {
	for _, kv := range env {
		text, ok := strings.CutPrefix(kv, clockVar+"=")
		if !ok {
			continue
		}
		there, here, _ := strings.Cut(text, "@")
		a, err1 := strconv.ParseInt(there, 10, 64)
		b, err2 := strconv.ParseInt(here, 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("%s: %w: want NANOSECONDS@NANOSECONDS: %w", clockVar, evidence.ErrInvalid, err)
		}
		ahead := time.Duration(a - b)
		return func() time.Time { return now().Add(ahead) }, nil
	}
	return now, nil
}

// field writes the world's declarations and the settings of a member into the
// data directory, and starts the members.
func (d *demo) field(ctx context.Context, c Config) (*troop, error) {
	declared := filepath.Join(d.o.data, "declarations")
	if err := unfold(world.Declarations(), declared); err != nil {
		return nil, err
	}
	t := &troop{}
	for role, n := range map[string]int{roleCrawl: d.o.crawlers, roleExtract: d.o.extractors} {
		for i := range n {
			name := fmt.Sprintf("%s-%d", role, i+1)
			if err := t.start(ctx, d, c, declared, role, name); err != nil {
				return nil, errors.Join(err, t.dismiss())
			}
		}
	}
	return t, nil
}

func (t *troop) start(ctx context.Context, d *demo, c Config, declared, role, name string) error {
	c.Crawl.Workers = max(1, c.Crawl.Workers/max(1, d.o.crawlers))
	c.Data, c.Worker, c.Declarations = filepath.Join(d.o.data, name), name, []string{declared}
	settings, err := yaml.Marshal(c)
	if err != nil {
		return err
	}
	file := filepath.Join(d.o.data, name+".yaml")
	if err := os.WriteFile(file, settings, 0o600); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, "-config", file, "run", role) //nolint:gosec // ourselves
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d@%d", clockVar, d.now().UnixNano(), d.sh.now().UnixNano()))
	cmd.Stderr = d.sh.err
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopWithin + 5*time.Second
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	t.members = append(t.members, cmd)
	return nil
}

// dismiss tells all members to stop and waits for them.
func (t *troop) dismiss() error {
	var problems []error
	for _, m := range t.members {
		_ = m.Process.Signal(syscall.SIGTERM) // it may have ended
	}
	for _, m := range t.members {
		if err := m.Wait(); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", strings.Join(m.Args[len(m.Args)-1:], " "), err))
		}
	}
	return errors.Join(problems...)
}

// through runs the campaign with the fleet: the members fetch and read, this
// process leads.
func (d *demo) through(ctx context.Context, c evidence.Campaign, show func(Progress)) (r Report, err error) {
	f := d.house.fleet
	t, err := d.field(ctx, d.house.config)
	if err != nil {
		return r, err
	}
	inner, stop := context.WithCancel(ctx)
	defer stop()
	g, inner := errgroup.WithContext(inner)
	g.Go(func() error { return f.lead(inner) })
	g.Go(func() error {
		defer stop()
		r, err = f.byWish(inner, c, "demo", show)
		return err
	})
	if err := g.Wait(); err != nil && (ctx.Err() != nil || !errors.Is(err, context.Canceled)) {
		return r, errors.Join(err, t.dismiss())
	}
	return r, t.dismiss()
}

// unfold writes the files of a tree into a folder.
func unfold(from fs.FS, to string) error {
	return fs.WalkDir(from, ".", func(path string, e fs.DirEntry, err error) error {
		target := filepath.Join(to, filepath.FromSlash(path))
		if err != nil || e.IsDir() {
			return errors.Join(err, os.MkdirAll(target, 0o700))
		}
		b, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, b, 0o600)
	})
}
