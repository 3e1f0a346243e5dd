package page

import (
	"fmt"
	"sort"
	"strconv"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"probity/pipeline/evidence"
)

// leafKey is the attribute by which who makes a tree says on which page of the
// document a node stands.
const leafKey = "data-leaf"

// Tree returns the page of a document that another decoder made nodes of, so
// that what reads web pages reads it too. Root is the node of a whole
// document. Nodes made by Node with a leaf say where pages begin.
// evidence.ErrInvalid: it has more nodes than a page may have.
func Tree(root *html.Node, title, decoder string) (*Page, error) {
	w := &walker{spans: map[*html.Node]span{}}
	w.node(root)
	if w.nodes > MaxNodes {
		return nil, fmt.Errorf("%w: it has more than %d paragraphs and cells", evidence.ErrInvalid, MaxNodes)
	}
	p := made(string(w.runes), decoder, evidence.Charset{})
	p.spans, p.Title = w.spans, collapse(title)
	p.Doc = goquery.NewDocumentFromNode(root)
	p.leaves(root)
	return p, nil
}

// leaves notes where pages begin.
func (p *Page) leaves(n *html.Node) {
	for _, a := range n.Attr {
		if a.Key != leafKey {
			continue
		}
		number, err := strconv.Atoi(a.Val)
		s := p.spans[n]
		if last := len(p.Leaves) - 1; err == nil && s.end > s.start && (last < 0 || p.Leaves[last].Page != number) {
			p.Leaves = append(p.Leaves, evidence.Leaf{Start: s.start, Page: number})
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.leaves(c)
	}
}

// Leaf is the number of the page on which the rune stands; 0 where there are
// no pages.
func (p *Page) Leaf(at int) int {
	i := sort.Search(len(p.Leaves), func(i int) bool { return p.Leaves[i].Start > at })
	if i == 0 {
		return 0
	}
	return p.Leaves[i-1].Page
}

// Document returns the nodes of an empty document, and its body.
func Document() (root, body *html.Node) {
	root = &html.Node{Type: html.DocumentNode}
	top := Add(root, atom.Html, 0)
	return root, Add(top, atom.Body, 0)
}

// Add puts an element under a parent and returns it; leaf is the page of the
// document it stands on, 0 for none.
func Add(parent *html.Node, a atom.Atom, leaf int) *html.Node {
	n := &html.Node{Type: html.ElementNode, DataAtom: a, Data: a.String()}
	if leaf > 0 {
		n.Attr = []html.Attribute{{Key: leafKey, Val: strconv.Itoa(leaf)}}
	}
	parent.AppendChild(n)
	return n
}

// Spread lets a cell span columns and rows.
func Spread(cell *html.Node, across, down int) {
	for key, n := range map[string]int{"colspan": across, "rowspan": down} {
		if n > 1 {
			cell.Attr = append(cell.Attr, html.Attribute{Key: key, Val: strconv.Itoa(n)})
		}
	}
}

// Say puts text into a node.
func Say(n *html.Node, text string) {
	if text != "" {
		n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
	}
}
