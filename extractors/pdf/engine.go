// Package pdf turns a PDF into text and tables, and is the one door to PDFium.
//
// PDFium runs as WebAssembly inside of this process (go-pdfium on wazero), and
// not as pdftotext beside it, for three reasons. A reading is a pure function
// of its capture (MODEL 1), so the decoder has to be the same on every member
// of a fleet and after every upgrade of its system; a module that go.sum pins
// is, a package of the distribution is not. It is told every ruled line of a
// page, so cells that wrap over lines or pages come out whole, where columns
// of blanks would have to be guessed. And it is isolated by construction: no
// file, no network, no environment, memory and time bounded, a fresh instance
// a document. The price: 9 MiB of binary, 20 s of a cold build, and some
// seconds of processor the first time that a machine reads a PDF, after which
// the compiled module is kept in a folder of the user's cache.
//
//	engine  the sandbox: bytes -> glyphs and ruled lines, a page at a time
//	rules   lines -> grids of cells, spans and all
//	lines   glyphs -> lines, paragraphs, cells of tables without rules
//	tree    pages -> one document, tables joined over page breaks
//
// The document is a tree of HTML nodes, so that every reader of web pages
// reads a PDF as well; each place knows the page on which it begins.
//
// What it refuses, with evidence.ErrInvalid: what is locked, broken or over
// the limits, and pages that are only pictures, since half of a list must
// never pass for the whole. Out of time is evidence.ErrUnavailable: a quieter
// machine may read it. What it does not do: text set in several columns is
// read across, turned text is read as it lies.
package pdf

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/klippa-app/go-pdfium"
	fault "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"probity/extractors/page"
	"probity/pipeline/evidence"
)

// Limits of what is read. A list of a thousand rows has some forty pages.
const (
	MaxPages   = 2000
	MaxGlyphs  = 50_000    // of one page
	MaxText    = 5_000_000 // glyphs of all pages
	MaxObjects = 50_000    // drawn objects of one page, those in forms counted
	MaxPoints  = 200_000   // of the paths of one page
	memory     = 256 << 20 // bytes of one instance
)

// Timeout is how long one document may take.
const Timeout = time.Minute

// An Engine reads PDFs, each in an instance of its own. The zero value is
// ready; it compiles PDFium when the first PDF comes. It is safe for
// concurrent use.
type Engine struct {
	Cache   string        // folder of the compiled module, of this user alone; empty: compiled at every start
	Timeout time.Duration // of one document [1 m]

	once sync.Once
	pool pdfium.Pool
	err  error
}

// instances is how many documents are read at once.
const instances = 2

func (e *Engine) open() error {
	e.once.Do(func() {
		config := wazero.NewRuntimeConfig().WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
			WithMemoryLimitPages(memory >> 16).WithCloseOnContextDone(true)
		if cache := e.cache(); cache != nil {
			config = config.WithCompilationCache(cache)
		}
		e.pool, e.err = webassembly.Init(webassembly.Config{
			MaxIdle: 0, MaxTotal: instances, RuntimeConfig: config,
			FSConfig: wazero.NewFSConfig(), Stdout: io.Discard, Stderr: io.Discard, RandomSource: zeros{},
		})
	})
	if e.err != nil {
		return fmt.Errorf("open PDFium: %w: %w", evidence.ErrUnavailable, e.err)
	}
	return nil
}

// cache is where the compiled module is kept, if it can be: code that is run
// from there must be nobody else's.
func (e *Engine) cache() wazero.CompilationCache {
	if e.Cache == "" || os.MkdirAll(e.Cache, 0o700) != nil || os.Chmod(e.Cache, 0o700) != nil { //nolint:gosec // a folder needs its x
		return nil
	}
	cache, err := wazero.NewCompilationCacheWithDir(e.Cache)
	if err != nil {
		return nil
	}
	return cache
}

// UserCache is the folder for Engine.Cache in the user's cache; empty where
// the user has none.
func UserCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "probity", "pdfium")
}

// zeros is the module's randomness: the same for every reading.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Read reads a document. See the package comment for what it refuses.
func (e *Engine) Read(body []byte) (*page.Page, error) {
	if len(body) > page.MaxBytes {
		return nil, refuse("%d bytes are more than the limit of %d", len(body), page.MaxBytes)
	}
	if err := e.open(); err != nil {
		return nil, err
	}
	limit := e.Timeout
	if limit <= 0 {
		limit = Timeout
	}
	leaves, err := e.leaves(body, limit)
	if err != nil {
		return nil, err
	}
	return document(leaves)
}

// leaves reads all pages in one instance, which is killed when its time is over.
func (e *Engine) leaves(body []byte, limit time.Duration) (out []leaf, err error) {
	in, err := e.pool.GetInstance(Timeout)
	if err != nil {
		return nil, fmt.Errorf("read PDF: %w: %w", evidence.ErrUnavailable, err)
	}
	killed := make(chan struct{})
	clock := time.AfterFunc(limit, func() { defer close(killed); _ = in.Kill() })
	defer func() {
		if p := recover(); p != nil { // a killed instance leaves its callers nothing to hold
			err = refuse("the library could not read it: %v", p)
		}
		if clock.Stop() {
			_ = in.Close()
			return
		}
		<-killed
		err = fmt.Errorf("read PDF: %w: not read within %s", evidence.ErrUnavailable, limit)
	}()
	doc, err := in.OpenDocument(&requests.OpenDocument{File: &body})
	switch {
	case errors.Is(err, fault.ErrPassword), errors.Is(err, fault.ErrSecurity):
		return nil, refuse("it is locked by a password: ask for it without one")
	case err != nil:
		return nil, refuse("the library could not open it (%v): was half a file sent?", err)
	}
	return read(in, doc.Document)
}

// flatten makes what fields and notes of a page show a part of it, so that a
// filled form is read as it is seen. Where that fails, the page is read as it is.
func flatten(in pdfium.Pdfium, doc references.FPDF_DOCUMENT, i int) {
	p, err := in.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: doc, Index: i})
	if err != nil {
		return
	}
	_, _ = in.FPDFPage_Flatten(&requests.FPDFPage_Flatten{Page: requests.Page{ByReference: &p.Page}})
	_, _ = in.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: p.Page})
}

func read(in pdfium.Pdfium, doc references.FPDF_DOCUMENT) ([]leaf, error) {
	count, err := in.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc})
	switch {
	case err != nil:
		return nil, refuse("%v", err)
	case count.PageCount > MaxPages:
		return nil, refuse("%d pages are more than the limit of %d", count.PageCount, MaxPages)
	case count.PageCount <= 0:
		return nil, refuse("it has no page")
	}
	var out []leaf
	total := 0
	for i := range count.PageCount {
		flatten(in, doc, i)
		s := scan{in: in, page: requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: i}}}
		l, err := s.leaf()
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", i+1, err)
		}
		if total += len(l.glyphs); total > MaxText {
			return nil, refuse("more than %d characters", MaxText)
		}
		l.number = i + 1
		out = append(out, l)
	}
	return out, nil
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("read PDF: %w: "+format, append([]any{evidence.ErrInvalid}, args...)...)
}
