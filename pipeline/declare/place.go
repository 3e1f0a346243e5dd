package declare

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Place says where a key of a source, given by its dotted path, is declared:
// as file:line, in its own file or, where that is silent, in the profile that
// speaks for it. Empty: nowhere, or the source came from no file.
func (s *Set) Place(source, key string) string {
	for _, f := range s.chains[source] {
		var doc yaml.Node
		if yaml.Unmarshal(f.Data, &doc) != nil || len(doc.Content) == 0 {
			continue
		}
		n := doc.Content[0]
		for part := range strings.SplitSeq(key, ".") {
			if n = child(n, part); n == nil {
				break
			}
		}
		if n != nil {
			return fmt.Sprintf("%s:%d", f.Name, n.Line)
		}
	}
	return ""
}
