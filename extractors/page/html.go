package page

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"probity/pipeline/evidence"
)

// HTML decodes and parses a web page and builds its visible text. It refuses,
// with evidence.ErrInvalid, what is over the limits or nested deeper than the
// parser admits; broken markup is read the way browsers read it (HTML Living
// Standard, 13.2).
func HTML(body []byte, charset evidence.Charset) (*Page, error) {
	text, err := decode(body, charset)
	if err != nil {
		return nil, err
	}
	// As a browser without scripts, which is what reads here: what stands in a
	// noscript is elements, and its links lead further.
	root, err := html.ParseWithOptions(strings.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, fmt.Errorf("parse web page: %w: %w", evidence.ErrInvalid, err)
	}
	w := &walker{spans: map[*html.Node]span{}}
	w.node(root)
	if w.nodes > MaxNodes {
		return nil, fmt.Errorf("parse web page: %w: more than %d elements", evidence.ErrInvalid, MaxNodes)
	}
	p := made(string(w.runes), HTMLDecoder, charset)
	p.spans = w.spans
	p.Doc = goquery.NewDocumentFromNode(root)
	p.Title = collapse(p.Doc.Find("title").First().Text())
	return p, nil
}

// Range returns the runes of the text that the node shows; an empty range at
// the node's position where it shows none, and 0, 0 for a node that is no part
// of the page.
func (p *Page) Range(n *html.Node) (start, end int) {
	s := p.spans[n]
	return s.start, s.end
}

// Visible returns the text that the node shows.
func (p *Page) Visible(n *html.Node) string { return p.Slice(p.Range(n)) }

// Select returns the nodes that a CSS selector matches, in document order.
func (p *Page) Select(selector string) ([]*html.Node, error) {
	if p.Doc == nil {
		return nil, nil
	}
	match, err := cascadia.Compile(selector)
	if err != nil {
		return nil, fmt.Errorf("select %q: %w: it is no CSS selector: %w", selector, evidence.ErrInvalid, err)
	}
	return p.Doc.FindMatcher(match).Nodes, nil
}

// A walker writes visible text. White space is not written when it is met but
// owed, and paid before the next visible rune: so none stands at the ends and
// a line end outweighs a blank.
type walker struct {
	runes []rune
	spans map[*html.Node]span
	nodes int

	line bool // a line end is owed
	tabs int  // cells were parted
	gap  bool // a blank is owed
	rows []int
	pre  int // nested elements whose line ends count
}

func (w *walker) node(n *html.Node) {
	w.nodes++
	if w.nodes > MaxNodes {
		return
	}
	before := len(w.runes)
	switch n.Type {
	case html.TextNode:
		w.text(n.Data)
	case html.ElementNode:
		if hidden(n.DataAtom) {
			return
		}
		w.element(n)
	case html.DocumentNode:
		w.children(n)
	default:
		return
	}
	start := before
	for start < len(w.runes) && unicode.IsSpace(w.runes[start]) {
		start++
	}
	if start == len(w.runes) {
		start = before
	}
	w.spans[n] = span{start, len(w.runes)}
}

func (w *walker) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c)
	}
}

func (w *walker) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Br:
		w.line = true
		return
	case atom.Tr:
		w.endLine()
		w.rows = append(w.rows, len(w.runes), 0)
		w.children(n)
		w.rows = w.rows[:len(w.rows)-2]
		w.endLine()
		return
	case atom.Td, atom.Th:
		w.cell()
		w.children(n)
		return
	case atom.Pre, atom.Textarea:
		w.pre++
		defer func() { w.pre-- }()
	default:
	}
	if !block(n.DataAtom) {
		w.children(n)
		return
	}
	w.newLine()
	w.children(n)
	w.newLine()
}

// newLine is owed around blocks, but not at the start of a cell.
func (w *walker) newLine() {
	if w.tabs == 0 {
		w.line = true
	}
}

func (w *walker) endLine() { w.line, w.tabs = true, 0 }

// cell parts two cells of a row by a tab; what the cell before owed at its end
// is forgotten.
func (w *walker) cell() {
	if len(w.rows) == 0 {
		w.newLine()
		return
	}
	row := w.rows[len(w.rows)-2:]
	if row[1] > 0 {
		w.tabs++
		w.line = w.line && len(w.runes) == row[0]
	}
	w.gap = false
	row[1]++
}

func (w *walker) text(s string) {
	for _, r := range s {
		switch {
		case r == '\n' && w.pre > 0:
			w.newLine()
		case unicode.IsSpace(r):
			w.gap = true
		default:
			w.pay()
			w.runes = append(w.runes, r)
		}
	}
}

// pay writes the white space that is owed.
func (w *walker) pay() {
	if len(w.runes) > 0 && w.line {
		w.runes = append(w.runes, '\n')
	}
	for range w.tabs {
		w.runes = append(w.runes, '\t')
	}
	if len(w.runes) > 0 && !w.line && w.tabs == 0 && w.gap {
		w.runes = append(w.runes, ' ')
	}
	w.line, w.tabs, w.gap = false, 0, false
}

// hidden elements hold no text for the reader of the page.
func hidden(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Head, atom.Iframe, atom.Noembed, atom.Noframes:
		return true
	default:
		return false
	}
}

// block elements stand on lines of their own.
func block(a atom.Atom) bool {
	switch a {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center, atom.Dd, atom.Details,
		atom.Dialog, atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer,
		atom.Form, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hr, atom.Html, atom.Legend,
		atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.Optgroup, atom.Option, atom.P, atom.Pre, atom.Section,
		atom.Select, atom.Summary, atom.Table, atom.Tbody, atom.Textarea, atom.Tfoot, atom.Thead, atom.Ul:
		return true
	default:
		return false
	}
}

func collapse(s string) string { return strings.Join(strings.Fields(s), " ") }
