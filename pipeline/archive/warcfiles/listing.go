package warcfiles

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"probity/pipeline/archive"
	"probity/pipeline/archive/cdxj"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// The index beside a file gathers line by line in a scratch file while the
// file is open, and is sorted when it is sealed. It follows from the file
// alone, so nothing waits for it and nothing fails with it: what a crash or a
// full disk leaves out is made again at the next start.
const scratch = cdxj.Ending + ".new"

func (a *Files) indexPath(name string) string { return filepath.Join(a.o.Dir, cdxj.Name(name)) }

// beginIndex begins the lines of a new file. The caller holds mu.
func (a *Files) beginIndex() {
	if !a.o.Index {
		return
	}
	f, err := os.OpenFile(strings.TrimSuffix(a.indexPath(a.name), cdxj.Ending)+scratch, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		a.o.Log.Warn("no index is gathered for an archive file; the next start makes it", slog.String("file", a.name), slog.Any("error", err))
		return
	}
	a.index = f
}

// list adds an exchange that was written to the lines. The caller holds mu.
func (a *Files) list(l archive.Listed) {
	if a.index == nil {
		return
	}
	l.Parts = slices.Clone(l.Parts)
	for i := range l.Parts {
		l.Parts[i].Offset += l.Start
	}
	lines, err := cdxj.Encode([]archive.Listed{l})
	if err == nil {
		_, err = a.index.Write(lines)
	}
	if err != nil {
		a.dropIndex()
	}
}

func (a *Files) dropIndex() {
	f := a.index
	a.index = nil
	_ = f.Close()
	_ = os.Remove(f.Name())
}

// sealIndex sorts the lines of the file that was sealed. The caller holds mu.
func (a *Files) sealIndex() {
	if a.index == nil {
		return
	}
	defer a.dropIndex()
	b, err := os.ReadFile(a.index.Name())
	if err == nil {
		err = datadir.WriteFile(a.indexPath(a.name), sorted(b))
	}
	if err != nil {
		a.o.Log.Warn("the index of an archive file was not written; the next start makes it", slog.String("file", a.name), slog.Any("error", err))
	}
}

func sorted(b []byte) []byte {
	lines := slices.Collect(bytes.Lines(b))
	slices.SortFunc(lines, bytes.Compare)
	return bytes.Join(lines, nil)
}

// indexAll makes the indexes that sealed files have not got.
func (a *Files) indexAll(ctx context.Context) error {
	if !a.o.Index {
		return nil
	}
	left, err := filepath.Glob(filepath.Join(a.o.Dir, prefixName+"*"+scratch))
	if err != nil {
		return err
	}
	for _, f := range left {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	list, err := a.segments()
	if err != nil {
		return err
	}
	for _, s := range list {
		if _, err := os.Stat(a.indexPath(s.name)); s.open || err == nil {
			continue
		}
		if err := a.MakeIndex(ctx, s.name); err != nil && (ctx.Err() != nil || !errors.Is(err, evidence.ErrInvalid)) {
			return err
		} // what is damaged has no index; whoever reads it is told
	}
	return nil
}

// MakeIndex writes the index of a sealed file from the file itself, over one
// that is there. evidence.ErrInvalid: the file is damaged.
func (a *Files) MakeIndex(ctx context.Context, name string) error {
	var lines []byte
	err := a.Walk(ctx, name, func(l archive.Listed) error {
		some, err := cdxj.Encode([]archive.Listed{l})
		lines = append(lines, some...)
		return err
	})
	if err == nil {
		err = datadir.WriteFile(a.indexPath(name), sorted(lines))
	}
	if err != nil {
		return fmt.Errorf("index archive file %s: %w", name, err)
	}
	return nil
}

// Index returns the index beside a file; evidence.ErrNotFound if it has none.
func (a *Files) Index(_ context.Context, name string) ([]byte, error) {
	b, err := os.ReadFile(a.indexPath(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("index of archive file %s: %w", name, evidence.ErrNotFound)
	}
	return b, err
}

// Strays are the names in the folder that are neither of files of the archive
// nor of their indexes; missing are the files that the index of captures knows
// and that are not there.
func (a *Files) Strays(ctx context.Context) (strays, missing []string, err error) {
	entries, err := os.ReadDir(a.o.Dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("list archive: %w", err)
	}
	there := map[string]bool{}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".open")
		there[name] = true
		stem := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, sealedName), scratch), cdxj.Ending)
		if !strings.HasPrefix(name, prefixName) || stem == name {
			strays = append(strays, e.Name())
		}
	}
	known, err := a.known(ctx)
	for name, from := range known {
		if !there[name] && from != dropped {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return strays, missing, err
}
