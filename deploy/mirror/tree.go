package mirror

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// A Tree is a folder of a real site, served as servers do: the folder itself
// is its index.html, and without the slash it redirects there.
type Tree struct {
	host  string
	files fs.FS
}

var _ Site = (*Tree)(nil)

// NewTree serves a folder under a host.
func NewTree(host string, files fs.FS) *Tree { return &Tree{host, files} }

// Hosts implements Site.
func (t *Tree) Hosts() []string { return []string{t.host} }

// Name implements Site: path and query with percent-encoding undone.
func (t *Tree) Name(_, target string) string {
	name, query, asked := strings.Cut(target, "?")
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	if asked {
		if plain, err := url.PathUnescape(query); err == nil {
			query = plain
		}
		name += "?" + query
	}
	return name
}

// Page implements Site.
func (t *Tree) Page(_, target string) Page {
	name, _, _ := strings.Cut(target, "?")
	plain, err := url.PathUnescape(name)
	if err != nil {
		return missing()
	}
	if plain == "/robots.txt" {
		return missing()
	}
	file := strings.TrimPrefix(path.Clean(plain), "/")
	if file == "" {
		file = "."
	}
	info, err := fs.Stat(t.files, file)
	switch {
	case err != nil:
		return missing()
	case info.IsDir() && !strings.HasSuffix(plain, "/"):
		return Page{Status: http.StatusMovedPermanently, Location: name + "/", Type: "text/html"}
	case info.IsDir():
		file = path.Join(file, "index.html")
	}
	body, err := fs.ReadFile(t.files, file)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return missing()
		}
		return Page{Status: http.StatusForbidden, Type: "text/html"}
	}
	return Page{Status: http.StatusOK, Type: typeOf(file), Body: body}
}

func missing() Page {
	return Page{Status: http.StatusNotFound, Type: "text/html; charset=utf-8", Body: []byte("<title>404</title><p>Not found")}
}

func typeOf(file string) string {
	switch strings.ToLower(path.Ext(file)) {
	case ".html", ".htm":
		return "text/html"
	case ".xhtml":
		return "application/xhtml+xml"
	case ".txt":
		return "text/plain"
	case ".css":
		return "text/css"
	case ".js":
		return "text/javascript"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	}
	return "application/octet-stream"
}
