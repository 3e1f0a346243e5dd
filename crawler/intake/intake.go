// Package intake takes files that a department hands over, and makes of each
// what a fetch makes of a page: an exchange that the archive keeps and the
// same extractors read.
//
// A file has no server that vouches for it, so it carries a custody note: who
// gave it, to whom, when, under which name. Its identity is its bytes: the
// same file handed in twice is one capture, whatever it is called, and the
// archive's evidence.ErrConflict then says that it is there already.
//
// It refuses what is empty, too large, or plainly not what its name says.
package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"probity/crawler/charset"
	"probity/pipeline/evidence"
	"probity/pipeline/media"
)

// Scheme is that of the addresses under which files are known:
// intake://SOURCE/DIGEST/NAME.
const Scheme = "intake"

// DefaultMaxSize is how large a file may be.
const DefaultMaxSize = 256 << 20

// An Intake is one handing over of files to a source.
type Intake struct {
	Source  evidence.Source
	View    string    // that reads them; empty: the only one, or the one that matches the name
	Run     string    // under which they are read
	From    string    // who gave them
	To      string    // who took them
	Time    time.Time // when
	Crawler string    // name and version of the program
	MaxSize int64     // bytes; 0: DefaultMaxSize
}

// File reads a file from disk. Errors wrap evidence.ErrInvalid or
// ErrNotFound, and name the file and what to do.
func (i Intake) File(path string) (evidence.Exchange, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return evidence.Exchange{}, fmt.Errorf("take in %s: %w: there is no such file", path, evidence.ErrNotFound)
	case err != nil:
		return evidence.Exchange{}, fmt.Errorf("take in %s: %w", path, err)
	case !info.Mode().IsRegular():
		return evidence.Exchange{}, fmt.Errorf("take in %s: %w: it is no file; name the files in it one by one", path, evidence.ErrInvalid)
	}
	f, err := os.Open(path)
	if err != nil {
		return evidence.Exchange{}, fmt.Errorf("take in %s: %w", path, err)
	}
	body, err := io.ReadAll(io.LimitReader(f, i.limit()+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return evidence.Exchange{}, fmt.Errorf("take in %s: %w", path, err)
	}
	return i.Bytes(filepath.Base(path), body)
}

func (i Intake) limit() int64 {
	if i.MaxSize > 0 {
		return i.MaxSize
	}
	return DefaultMaxSize
}

// Bytes makes the exchange of a file's content.
func (i Intake) Bytes(name string, body []byte) (evidence.Exchange, error) {
	refuse := func(format string, args ...any) (evidence.Exchange, error) {
		return evidence.Exchange{}, fmt.Errorf("take in %s: %w: %s", name, evidence.ErrInvalid, fmt.Sprintf(format, args...))
	}
	switch {
	case strings.TrimSpace(i.From) == "" || strings.TrimSpace(i.To) == "" || i.Time.IsZero():
		return refuse("a file needs a custody note: who gave it, to whom, when")
	case len(bytes.TrimSpace(body)) == 0:
		return refuse("it is empty; ask for it again")
	case int64(len(body)) > i.limit():
		return refuse("it has more than %d bytes; split it", i.limit())
	}
	kind, err := mediaType(name, body)
	if err != nil {
		return refuse("%v", err)
	}
	view, err := i.view(name)
	if err != nil {
		return refuse("%v", err)
	}
	payload := evidence.DigestBytes(body)
	address := url.URL{Scheme: Scheme, Host: i.Source.ID, Path: "/" + payload[:16] + "/" + name}
	c := evidence.Capture{
		ID: ID(i.Source.ID, payload), Run: i.Run, Attempt: 1, Payload: payload, Time: i.Time.UTC(), Type: kind, Media: evidence.Media{Type: kind, By: media.ByBytes}, Size: int64(len(body)),
		Lead:    evidence.Lead{Method: http.MethodGet, URL: address.String(), Source: i.Source.ID, View: view},
		Robots:  evidence.RobotsDecision{Allowed: true, Reason: "not asked"},
		Charset: charset.Decide(kind, body, i.Source.Charset, ""),
		Custody: fmt.Sprintf("移交：%s；接收：%s；时间：%s；文件名：%s", i.From, i.To, i.Time.In(evidence.Shanghai).Format(time.RFC3339), name),
		Crawler: i.Crawler,
	}
	c.Content = evidence.ContentID(c)
	return evidence.Exchange{Capture: c, Raw: body, Body: body}, nil
}

// ID is the capture id of a file: a name-based UUID (RFC 9562, version 5)
// over the source and the digest of the bytes.
func ID(source, payload string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(Scheme+"://"+source+"/"+payload)).String()
}

// view names the view that reads the file.
func (i Intake) view(name string) (string, error) {
	views := i.Source.Views
	if i.View != "" {
		v, err := i.Source.View(i.View)
		return v.Name, err
	}
	if len(views) == 1 {
		return views[0].Name, nil
	}
	var names []string
	for _, v := range views {
		names = append(names, v.Name)
		if v.Match == "" {
			continue
		}
		p, err := regexp.Compile(v.Match)
		if err != nil {
			return "", fmt.Errorf("view %s: %w", v.Name, err)
		}
		if p.MatchString("/" + name) {
			return v.Name, nil
		}
	}
	return "", fmt.Errorf("which view of source %s reads it? name one of %s", i.Source.ID, strings.Join(names, ", "))
}
