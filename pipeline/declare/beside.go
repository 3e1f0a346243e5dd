package declare

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"probity/pipeline/evidence"
)

// Beside learns the profiles that stand in the folder of a declaration, so
// that this can be read before it is put where declarations are. Sources
// there, and files with faults, are passed over.
func (s *Set) Beside(folder fs.FS) error {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return fmt.Errorf("read profiles: %w", err)
	}
	var problems []error
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".yaml" {
			continue
		}
		data, err := fs.ReadFile(folder, e.Name())
		if err != nil {
			problems = append(problems, fmt.Errorf("read profiles: %w", err))
			continue
		}
		s.keepProfile(File{e.Name(), data})
	}
	return errors.Join(problems...)
}

// Hold puts one source into the set, in the place of one of that name, and a
// campaign of the same name that is nothing but this source.
func (s *Set) Hold(src evidence.Source, budget evidence.Budget) evidence.Campaign {
	c := evidence.Campaign{ID: strings.ToLower(src.ID), Title: src.Title, Sources: []string{src.ID}, Budget: budget}
	s.Sources[src.ID], s.Campaigns[c.ID] = src, c
	return c
}
