package objects

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"probity/pipeline/evidence"
)

// Settings say where the store is and who we are there.
type Settings struct {
	Endpoint  string // URL of the server without a path: https://s3.example
	Region    string // empty: us-east-1
	Bucket    string
	Key       string // access key
	Secret    string // and its secret, in no error and no log
	CA        string // file of certificates in PEM that are trusted besides the system's; empty: none
	PathStyle bool   // https://endpoint/bucket/key, not https://bucket.endpoint/key
	Prefix    string // before every key, a slash behind it; empty: none
	Folder    string // a folder instead of a server; the rest is then not read, besides Prefix
}

// String names the store as people may read it: without key and secret.
func (s Settings) String() string {
	if s.Folder != "" {
		return "file://" + filepath.ToSlash(filepath.Join(s.Folder, s.Prefix))
	}
	return strings.TrimSuffix(s.Endpoint+"/"+s.Bucket+"/"+s.Prefix, "/")
}

// GoString keeps the secret out of %#v too.
func (s Settings) GoString() string { return "objects.Settings(" + s.String() + ")" }

// Parse reads settings from one URL: https://KEY:SECRET@s3.example/bucket, or
// file:///folder. Behind the bucket a path is the prefix. The query knows
// region, ca (a file) and path_style (true or false; true if not said, since
// a server of one's own has one name). evidence.ErrInvalid: it is no such
// URL; the error does not repeat it.
func Parse(raw string) (Settings, error) {
	u, err := url.Parse(raw)
	if err != nil { // its words would repeat the secret
		return Settings{}, fmt.Errorf("object store: %w: it is no URL; write https://KEY:SECRET@HOST/BUCKET (a slash in the secret as %%2F) or file:///FOLDER", evidence.ErrInvalid)
	}
	q := u.Query()
	s := Settings{Region: q.Get("region"), CA: q.Get("ca"), PathStyle: q.Get("path_style") != "false"}
	switch u.Scheme {
	case "file":
		s.Folder = filepath.FromSlash(u.Path)
	case "http", "https":
		s.Endpoint = u.Scheme + "://" + u.Host
		s.Key = u.User.Username()
		s.Secret, _ = u.User.Password()
		s.Bucket, s.Prefix, _ = strings.Cut(strings.Trim(u.Path, "/"), "/")
	default:
		return Settings{}, fmt.Errorf("object store: %w: its URL has the scheme %q; http, https and file are known", evidence.ErrInvalid, u.Scheme)
	}
	return s, s.Check()
}

// Check says what is missing; evidence.ErrInvalid.
func (s Settings) Check() error {
	missing := func(what string) error {
		return fmt.Errorf("object store %s: %w: %s", s, evidence.ErrInvalid, what)
	}
	u, err := url.Parse(s.Endpoint)
	switch {
	case s.Prefix != "" && check(s.Prefix) != nil:
		return missing("its prefix is no path such as crawl/2026")
	case s.Folder != "" && !filepath.IsAbs(s.Folder):
		return missing("its folder is not absolute; write file:///FOLDER")
	case s.Folder != "":
		return nil
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "":
		return missing("its endpoint is no URL of a server such as https://s3.example")
	case s.Bucket == "":
		return missing("no bucket is named")
	case s.Key == "" || s.Secret == "":
		return missing("key and secret are needed")
	}
	return nil
}

func (s Settings) full(key string) string {
	if s.Prefix == "" {
		return key
	}
	return s.Prefix + "/" + key
}
