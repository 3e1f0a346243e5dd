// Package declare reads source and campaign declarations: YAML, strictly.
//
// A declaration decides what is taken from whom and on what ground, so
// nothing in it is guessed: an unknown key, a field the vocabulary lacks, a
// pattern that does not compile, a missing legal basis are errors that name
// file and line. A source may extend a profile, a declaration marked
// `profile: true` that is no source itself; the file's own keys lie over it.
package declare

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"probity/pipeline/canon"
	"probity/pipeline/evidence"
)

// A Set is what a house is allowed and asked to do.
type Set struct {
	Sources   map[string]evidence.Source
	Campaigns map[string]evidence.Campaign
	profiles  map[string][]byte
	chains    map[string][]File // of each source: its file, and the profiles below it
}

// Names returns the ids of a map in order.
func Names[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Load reads every *.yaml below the folders sources and campaigns of each
// file system, in order; an id declared twice is an error.
func Load(trees ...fs.FS) (*Set, error) {
	s := &Set{Sources: map[string]evidence.Source{}, Campaigns: map[string]evidence.Campaign{}, profiles: map[string][]byte{}, chains: map[string][]File{}}
	var problems []error
	for _, tree := range trees {
		files, err := yamls(tree, "sources")
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			s.keepProfile(f)
		}
		for _, f := range files {
			problems = append(problems, s.addSource(f))
		}
		files, err = yamls(tree, "campaigns")
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			problems = append(problems, s.addCampaign(f))
		}
	}
	return s, errors.Join(problems...)
}

// A File is one declaration file.
type File struct {
	Name string
	Data []byte
}

func yamls(tree fs.FS, dir string) ([]File, error) {
	var files []File
	err := fs.WalkDir(tree, dir, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == dir {
			return fs.SkipDir
		}
		if err == nil && d.IsDir() && name != dir && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir // where Kubernetes keeps the files of a ConfigMap, beside links to them
		}
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		files = append(files, File{name, data})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read declarations in %s: %w", dir, err)
	}
	return files, nil
}

// keepProfile keeps a file that is a profile. What cannot be read is left to
// addSource, which says what is wrong and where.
func (s *Set) keepProfile(f File) {
	var head struct {
		Source  string `yaml:"source"`
		Profile bool   `yaml:"profile"`
	}
	if yaml.Unmarshal(f.Data, &head) == nil && head.Profile {
		s.profiles[head.Source] = f.Data
	}
}

func (s *Set) addSource(f File) error {
	src, err := s.Source(f)
	if err != nil || src.Profile {
		return err
	}
	if _, twice := s.Sources[src.ID]; twice {
		return fmt.Errorf("%s: %w: source %q is declared twice: give one of them another id", f.Name, evidence.ErrInvalid, src.ID)
	}
	s.Sources[src.ID] = src
	s.chains[src.ID], err = s.chain(f)
	return err
}

func (s *Set) addCampaign(f File) error {
	var c evidence.Campaign
	if err := strict(f, &c); err != nil {
		return err
	}
	if _, twice := s.Campaigns[c.ID]; twice {
		return fmt.Errorf("%s: %w: campaign %q is declared twice: give one of them another id", f.Name, evidence.ErrInvalid, c.ID)
	}
	if err := s.checkCampaign(f, c); err != nil {
		return err
	}
	s.Campaigns[c.ID] = c
	return nil
}

// Source reads one source declaration, laid over the profile it extends.
func (s *Set) Source(f File) (evidence.Source, error) {
	chain, err := s.chain(f)
	if err != nil {
		return evidence.Source{}, err
	}
	var src evidence.Source
	for _, part := range slices.Backward(chain) {
		src.Profile, src.Extends = false, ""
		if err := strict(part, &src); err != nil {
			return evidence.Source{}, err
		}
	}
	if src.Profile {
		return src, nil
	}
	return src, check(f, src)
}

// chain is a declaration with the profiles that it lies over, the lowest last.
func (s *Set) chain(f File) ([]File, error) {
	chain := []File{f}
	for at := f; ; {
		var head struct {
			Extends string `yaml:"extends"`
		}
		if err := yaml.Unmarshal(at.Data, &head); err != nil {
			return nil, explain(at, err)
		}
		if head.Extends == "" {
			return chain, nil
		}
		data, ok := s.profiles[head.Extends]
		if !ok {
			return nil, problem(at, "extends", "no profile %q: there are %s", head.Extends, strings.Join(Names(s.profiles), ", "))
		}
		if at = (File{"profile " + head.Extends, data}); len(chain) > 8 {
			return nil, problem(f, "extends", "more than 8 profiles in a row: does one extend itself?")
		}
		chain = append(chain, at)
	}
}

// Digest is the version of a source: the digest of its declaration as read.
func Digest(src evidence.Source) (string, error) { return canon.Digest(src) }

// strict decodes one document and refuses unknown keys.
func strict(f File, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(f.Data))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return explain(f, err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w: more than one document: one declaration a file", f.Name, evidence.ErrInvalid)
	}
	return nil
}

var (
	unknownKey = regexp.MustCompile(`line (\d+): field (\S+) not found in type \S+`)
	atLine     = regexp.MustCompile(`line (\d+): `)
)

// explain turns a decoder's complaint into FILE:LINE: what is wrong.
func explain(f File, err error) error {
	said := strings.TrimPrefix(err.Error(), "yaml: ")
	said = strings.TrimPrefix(said, "unmarshal errors:\n  ")
	said = unknownKey.ReplaceAllString(said, `line $1: unknown key "$2": correct its spelling or remove it`)
	if m := atLine.FindStringSubmatch(said); m != nil {
		return fmt.Errorf("%s:%s: %w: %s", f.Name, m[1], evidence.ErrInvalid, strings.Replace(said, m[0], "", 1))
	}
	return fmt.Errorf("%s: %w: %s", f.Name, evidence.ErrInvalid, said)
}

// problem is an error at the line of a key, given by its dotted path.
func problem(f File, key, format string, args ...any) error {
	where := f.Name
	var doc yaml.Node
	if yaml.Unmarshal(f.Data, &doc) == nil && len(doc.Content) > 0 {
		if line := lineOf(doc.Content[0], strings.Split(key, ".")); line > 0 {
			where = fmt.Sprintf("%s:%d", f.Name, line)
		}
	}
	return fmt.Errorf("%s: %w: %s: "+format, append([]any{where, evidence.ErrInvalid, key}, args...)...)
}

func lineOf(n *yaml.Node, keys []string) int {
	for len(keys) > 0 && n != nil {
		next := child(n, keys[0])
		if next == nil {
			return n.Line
		}
		n, keys = next, keys[1:]
	}
	if n == nil {
		return 0
	}
	return n.Line
}

func child(n *yaml.Node, key string) *yaml.Node {
	if n.Kind == yaml.SequenceNode {
		var i int
		if _, err := fmt.Sscanf(key, "%d", &i); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
