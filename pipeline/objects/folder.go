package objects

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// scratch begins the names of files that are being written.
const scratch = ".writing-"

var _ Store = (*Folder)(nil)

// A Folder keeps each object as a file of its key's name. Any number of
// processes may share it, on one machine or over a file system whose link is
// atomic (NFS is, object file systems often are not).
type Folder struct{ dir string }

func openFolder(s Settings) (*Folder, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	dir := filepath.Join(s.Folder, filepath.FromSlash(s.Prefix))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("object store %s: %w: %w", s, evidence.ErrUnavailable, err)
	}
	return &Folder{dir: dir}, nil
}

func (f *Folder) path(key string) string { return filepath.Join(f.dir, filepath.FromSlash(key)) }

// Put implements [Store].
func (f *Folder) Put(ctx context.Context, key string, body []byte) error {
	return f.publish(ctx, "put", key, strings.NewReader(string(body)), os.Rename)
}

// PutNew implements [Store].
func (f *Folder) PutNew(ctx context.Context, key string, body []byte) error {
	return f.publish(ctx, "put new", key, strings.NewReader(string(body)), os.Link)
}

// PutFile implements [Store].
func (f *Folder) PutFile(ctx context.Context, key, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("put file %s: %w", path, err)
	}
	defer func() { _ = in.Close() }() // read only
	return f.publish(ctx, "put new", key, in, os.Link)
}

// publish writes a file beside its place, syncs it, and gives it its name.
func (f *Folder) publish(ctx context.Context, verb, key string, body io.Reader, name func(from, to string) error) error {
	if err := errors.Join(ctx.Err(), check(key)); err != nil {
		return err
	}
	path := f.path(key)
	dir := filepath.Dir(path)
	if err := f.makeDir(dir); err != nil {
		return f.fault(verb, key, err)
	}
	out, err := os.CreateTemp(dir, scratch)
	if err != nil {
		return f.fault(verb, key, err)
	}
	defer func() { _ = os.Remove(out.Name()) }() // after a rename it is gone
	_, err = io.Copy(out, body)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close(), ctx.Err()); err == nil {
		err = name(out.Name(), path)
	}
	if err == nil {
		err = datadir.SyncDir(dir)
	}
	return f.fault(verb, key, err)
}

// makeDir makes the folders down to dir, each synced in its parent: an object
// that is reported as written must not hang on a folder that is not.
func (f *Folder) makeDir(dir string) error {
	switch err := os.Mkdir(dir, 0o700); {
	case errors.Is(err, fs.ErrExist) || dir == f.dir:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		if err := f.makeDir(filepath.Dir(dir)); err != nil {
			return err
		}
		return f.makeDir(dir)
	case err != nil:
		return err
	}
	return datadir.SyncDir(filepath.Dir(dir))
}

// Get implements [Store].
func (f *Folder) Get(ctx context.Context, key string) ([]byte, error) {
	if err := errors.Join(ctx.Err(), check(key)); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(f.path(key))
	return b, f.fault("get", key, err)
}

// GetRange implements [Store].
func (f *Folder) GetRange(ctx context.Context, key string, offset, length int64) ([]byte, error) {
	if err := errors.Join(ctx.Err(), checkRange(key, offset, length)); err != nil {
		return nil, err
	}
	file, err := os.Open(f.path(key))
	if err != nil {
		return nil, f.fault("get", key, err)
	}
	defer func() { _ = file.Close() }() // read only
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, f.fault("get", key, err)
	case info.IsDir():
		return nil, f.fault("get", key, fs.ErrNotExist)
	case offset >= info.Size():
		return nil, behind(key, offset)
	}
	b := make([]byte, min(length, info.Size()-offset))
	_, err = file.ReadAt(b, offset)
	return b, f.fault("get", key, err)
}

func behind(key string, offset int64) error {
	return fmt.Errorf("get object %s: %w: it ends before offset %d", key, evidence.ErrInvalid, offset)
}

// Stat implements [Store].
func (f *Folder) Stat(ctx context.Context, key string) (Object, error) {
	if err := errors.Join(ctx.Err(), check(key)); err != nil {
		return Object{}, err
	}
	info, err := os.Stat(f.path(key))
	if err == nil && info.IsDir() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return Object{}, f.fault("stat", key, err)
	}
	return Object{Key: key, Size: info.Size(), Time: info.ModTime().UTC()}, nil
}

// Delete implements [Store].
func (f *Folder) Delete(ctx context.Context, key string) error {
	if err := errors.Join(ctx.Err(), check(key)); err != nil {
		return err
	}
	err := os.Remove(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return f.fault("delete", key, err)
}

// List implements [Store].
func (f *Folder) List(ctx context.Context, prefix, after string, visit func(Object) error) error {
	return f.list(ctx, "", prefix, after, visit)
}

func (f *Folder) list(ctx context.Context, dir, prefix, after string, visit func(Object) error) error {
	entries, err := os.ReadDir(f.path(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f.fault("list", dir, err)
	}
	whole := func(e fs.DirEntry) string { // a folder sorts with its slash: "a-b" before "a/b"
		if e.IsDir() {
			return dir + e.Name() + "/"
		}
		return dir + e.Name()
	}
	slices.SortFunc(entries, func(x, y fs.DirEntry) int { return cmp.Compare(whole(x), whole(y)) })
	for _, e := range entries {
		key := whole(e)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case strings.HasPrefix(e.Name(), scratch):
		case e.IsDir() && (strings.HasPrefix(key, prefix) || strings.HasPrefix(prefix, key)):
			if key > after || strings.HasPrefix(after, key) {
				err = f.list(ctx, key, prefix, after, visit)
			}
		case !e.IsDir() && strings.HasPrefix(key, prefix) && key > after:
			err = f.show(ctx, key, visit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *Folder) show(ctx context.Context, key string, visit func(Object) error) error {
	o, err := f.Stat(ctx, key)
	switch {
	case errors.Is(err, evidence.ErrNotFound): // deleted since it was listed
		return nil
	case err != nil:
		return err
	}
	return visit(o)
}

func (f *Folder) fault(verb, key string, err error) error {
	if err == nil {
		return nil
	}
	kind := evidence.ErrUnavailable
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrExist) && verb == "put new":
		kind = evidence.ErrConflict
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EISDIR) && verb == "get", errors.Is(err, syscall.ENOTDIR) && verb != "put" && verb != "put new":
		kind = evidence.ErrNotFound
	case errors.Is(err, fs.ErrPermission):
		kind = evidence.ErrForbidden
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR), errors.Is(err, fs.ErrExist):
		kind = evidence.ErrInvalid
	}
	return fmt.Errorf("%s object %s: %w: %w", verb, key, kind, err)
}
