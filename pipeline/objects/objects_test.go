package objects_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"probity/pipeline/evidence"
	"probity/pipeline/objects"
	"probity/pipeline/objects/objectstest"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// server returns the settings of the S3 server of this run, below a prefix of
// the test's own.
func server(t testing.TB) objects.Settings {
	t.Helper()
	raw := os.Getenv("PROBITY_TEST_S3")
	if raw == "" {
		t.Skip("not here: PROBITY_TEST_S3 names no S3 server (http://KEY:SECRET@HOST:PORT/BUCKET); make fleet-up starts one")
	}
	s, err := objects.Parse(raw)
	must(t, err)
	s.Prefix = "test-" + uuid.NewString()
	return s
}

func openS3(t testing.TB, s objects.Settings) *objects.S3 {
	t.Helper()
	store, err := objects.OpenS3(s)
	must(t, err)
	return store
}

func clean(t testing.TB, s *objects.S3) {
	t.Helper()
	t.Cleanup(func() {
		ctx := background() // the test's own has ended by then
		_ = s.List(ctx, "", "", func(o objects.Object) error { return s.Delete(ctx, o.Key) })
	})
}

func TestConformanceOfAFolder(t *testing.T) {
	objectstest.Run(t, func(t *testing.T) objects.Store {
		s, err := objects.Open(objects.Settings{Folder: t.TempDir(), Prefix: "some/where"})
		must(t, err)
		return s
	})
}

func TestConformanceOfS3(t *testing.T) {
	must(t, openS3(t, server(t)).EnsureBucket(t.Context()))
	objectstest.Run(t, func(t *testing.T) objects.Store {
		s := openS3(t, server(t))
		clean(t, s)
		return s
	})
}

func TestTheServerKeepsThePromiseOfANewKey(t *testing.T) {
	s := openS3(t, server(t))
	must(t, s.EnsureBucket(t.Context()))
	must(t, s.EnsureBucket(t.Context()))
	must(t, s.Prove(t.Context()))
}

func TestAWrongSecretIsForbiddenAndNotTold(t *testing.T) {
	set := server(t)
	set.Secret = "another-secret"
	s := openS3(t, set)
	_, err := s.Get(t.Context(), "k")
	_, serr := s.Stat(t.Context(), "k")
	for _, err := range []error{err, serr, s.Put(t.Context(), "k", []byte("x"))} {
		if !errors.Is(err, evidence.ErrForbidden) || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, set), "another-secret") {
			t.Errorf("%v of %#v, want forbidden and no secret", err, set)
		}
	}
}

func TestAServerThatIsAwayIsUnavailable(t *testing.T) {
	s := openS3(t, objects.Settings{Endpoint: "http://127.0.0.1:1", Bucket: "away", Key: "k", Secret: "hidden-secret", PathStyle: true})
	_, err := s.Get(t.Context(), "k")
	for _, err := range []error{err, s.PutNew(t.Context(), "k", nil), s.EnsureBucket(t.Context()), s.List(t.Context(), "", "", nil)} {
		if !errors.Is(err, evidence.ErrUnavailable) || strings.Contains(err.Error(), "hidden-secret") {
			t.Errorf("%v, want unavailable and no secret", err)
		}
	}
}

// between puts a proxy before the real server that answers n times as it
// likes, before or after the server did its work.
func between(t testing.TB, set objects.Settings, after bool, bad ...func(w http.ResponseWriter)) objects.Settings {
	t.Helper()
	target, err := url.Parse(set.Endpoint)
	must(t, err)
	behind := httputil.NewSingleHostReverseProxy(target)
	var n atomic.Int32
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i := int(n.Add(1)) - 1
		switch {
		case i >= len(bad):
			behind.ServeHTTP(w, r)
		case after:
			behind.ServeHTTP(httptest.NewRecorder(), r)
			bad[i](w)
		default:
			bad[i](w)
		}
	}))
	t.Cleanup(p.Close)
	set.Endpoint = p.URL
	return set
}

func hangUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

func says(code int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(code) }
}

func TestAPutWhoseAnswerWasLostIsKnownAgain(t *testing.T) {
	set := server(t)
	clean(t, openS3(t, set))
	for name, bad := range map[string]func(http.ResponseWriter){"hung up": hangUp, "500": says(500), "504": says(504)} {
		s := openS3(t, between(t, set, true, bad, bad))
		if err := s.PutNew(t.Context(), name, []byte("mine")); err != nil {
			t.Errorf("%s: put new = %v, want nil: the object is ours", name, err)
		}
	}
	must(t, openS3(t, set).PutNew(t.Context(), "other", []byte("not mine")))
	s := openS3(t, between(t, set, false, hangUp))
	if err := s.PutNew(t.Context(), "other", []byte("mine")); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("put new = %v, want a conflict: the object is somebody else's", err)
	}
}

func TestAFewFaultsAreTriedAgainAndManyAreUnavailable(t *testing.T) {
	set := server(t)
	clean(t, openS3(t, set))
	must(t, openS3(t, set).Put(t.Context(), "k", []byte("x")))
	s := openS3(t, between(t, set, false, hangUp, says(500), says(503)))
	if b, err := s.Get(t.Context(), "k"); err != nil || string(b) != "x" {
		t.Errorf("get = %q, %v, want x at the fourth try", b, err)
	}
	for _, bad := range []func(http.ResponseWriter){hangUp, says(500), says(502), says(503), says(429)} {
		s := openS3(t, between(t, set, false, bad, bad, bad, bad))
		if _, err := s.Get(t.Context(), "k"); !errors.Is(err, evidence.ErrUnavailable) || evidence.Final(err) {
			t.Errorf("get = %v, want unavailable", err)
		}
	}
	for code, want := range map[int]error{403: evidence.ErrForbidden, 404: evidence.ErrNotFound, 412: evidence.ErrConflict, 400: evidence.ErrInvalid} {
		s := openS3(t, between(t, set, false, says(code)))
		if _, err := s.Get(t.Context(), "k"); !errors.Is(err, want) {
			t.Errorf("%d: get = %v, want %v", code, err, want)
		}
	}
}

func TestAServerThatPassesOverTheConditionIsFoundOut(t *testing.T) {
	p := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(p.Close)
	s := openS3(t, objects.Settings{Endpoint: p.URL, Bucket: "bucket", Key: "k", Secret: "s", PathStyle: true})
	if err := s.Prove(t.Context()); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("prove = %v, want invalid", err)
	}
}

func TestAnUploadThatArrivesOtherwiseIsRefused(t *testing.T) {
	set := server(t)
	clean(t, openS3(t, set))
	target, err := url.Parse(set.Endpoint)
	must(t, err)
	behind := httputil.NewSingleHostReverseProxy(target)
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			r.Body = readCloser{strings.NewReader(strings.Repeat("y", int(r.ContentLength)))}
		}
		behind.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	set.Endpoint = p.URL
	if err := openS3(t, set).Put(t.Context(), "k", []byte("xxxx")); err == nil {
		t.Error("bytes that changed on their way were taken")
	}
	if _, err := openS3(t, set).Get(t.Context(), "k"); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("get = %v, want not found", err)
	}
}

func TestSettingsAreReadFromAURLAndSaidWithoutTheSecret(t *testing.T) {
	s, err := objects.Parse("https://me:pass%2Fword@s3.example:9000/bucket/crawl/2026?region=cn-north-1&ca=/etc/ca.pem&path_style=false")
	want := objects.Settings{Endpoint: "https://s3.example:9000", Region: "cn-north-1", Bucket: "bucket", Key: "me", Secret: "pass/word", CA: "/etc/ca.pem", Prefix: "crawl/2026"}
	if err != nil || s != want || s.String() != "https://s3.example:9000/bucket/crawl/2026" {
		t.Errorf("parsed %v, %v", s, err)
	}
	if s, err := objects.Parse("file:///data/objects"); err != nil || s.Folder != "/data/objects" {
		t.Errorf("parsed %v, %v", s, err)
	}
	for _, raw := range []string{"", "ftp://a/b", "http://h/b", "http://k:hush@/b", "http://k:hush@h", "file://data", "http://k:hush hush@h/b", "http://k:hush@h/b/../c"} {
		if _, err := objects.Parse(raw); !errors.Is(err, evidence.ErrInvalid) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: %v, want invalid and no secret", raw, err)
		}
	}
}
