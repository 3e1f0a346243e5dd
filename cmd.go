package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// errSeveral ends a command whose words may mean several operators; they were
// already printed, with reasons. Its exit code is 3.
var errSeveral = errors.New("several candidates")

// A verb is one word behind a command: source check, campaign run.
type verb struct {
	name, args string
	do         func(ctx context.Context, sh shell, c Config, args []string) error
}

// dispatch goes to the verb that a command's first argument names.
func dispatch(ctx context.Context, sh shell, c Config, command string, verbs []verb, args []string) error {
	if len(args) > 0 {
		for _, v := range verbs {
			if v.name == args[0] {
				return v.do(ctx, sh, c, args[1:])
			}
		}
		say(sh.err, fmt.Errorf("没有 no %s %q", command, args[0]))
	}
	_, _ = fmt.Fprintln(sh.err, "用法 usage:")
	for _, v := range verbs {
		_, _ = fmt.Fprintln(sh.err, "  "+strings.TrimSpace("probity "+command+" "+v.name+" "+v.args))
	}
	return errUsage
}

// options are a command's own flags, with those that most commands share.
type options struct {
	*flag.FlagSet
	json bool
}

// newOptions returns the flags of a command that works on a data directory.
func newOptions(name string, c *Config) *options {
	w := &options{FlagSet: flag.NewFlagSet("probity "+name, flag.ContinueOnError)}
	w.StringVar(&c.Data, "data", c.Data, "data `directory`")
	w.BoolVar(&w.json, "json", false, "print JSON, for programs")
	return w
}

// arguments parses, and holds the arguments to between least and most (-1: any
// number).
func (w *options) arguments(sh shell, args []string, least, most int, want string) ([]string, error) {
	rest, err := parse(sh, w.FlagSet, args)
	if err != nil {
		return nil, err
	}
	if len(rest) < least || most >= 0 && len(rest) > most {
		_, _ = fmt.Fprintf(sh.err, "用法 usage: %s %s\n", w.Name(), want)
		w.PrintDefaults()
		return nil, errUsage
	}
	return rest, nil
}

// with opens the house, does something in it and closes it.
func with(ctx context.Context, sh shell, c Config, mode datadir.Mode, do func(*house) error) error {
	h, err := openHouse(ctx, sh, c, mode)
	if err != nil {
		return err
	}
	return errors.Join(do(h), h.close())
}

// working is the mode of a command that works: where a member of a fleet works
// in the directory already, its copy of the ledger and its view are looked at.
func working(c Config) datadir.Mode {
	if yes, err := c.fleet(); err != nil || !yes {
		return datadir.Work
	}
	dir, err := datadir.Open(c.Data, datadir.Work)
	if err != nil {
		return datadir.Command
	}
	_ = dir.Close()
	return datadir.Work
}

// printJSON writes one value, indented.
func printJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// A printer writes lines and keeps the first fault.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// invalid is an error that the caller has to correct.
func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %w", evidence.ErrInvalid, fmt.Errorf(format, args...))
}

// or returns the first that is not empty.
func or(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}
