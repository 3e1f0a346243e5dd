// Package detail reads label/value pages: definition lists, tables of labels
// beside their values in one column of pairs or two, elements that follow each
// other, and lines written 标签：值. A value is found by its label's text and
// never by its position, since which labels a page has, and in which order,
// differs by kind of operator.
//
// A page has one block of pairs, or several that the view's rows select; each
// is one statement. A page without any of the declared labels, or, with a
// single block, without a needed one or with two different values for one
// label, is not what its source says and is refused.
package detail

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"probity/extractors/draft"
	"probity/extractors/links"
	"probity/extractors/norm"
	"probity/extractors/rows"
	"probity/extractors/table"
	"probity/pipeline/evidence"
)

// Version is the name and version of this reader.
const Version = "detail/1"

// Read reads the blocks of a page, and the leads of its view.
func Read(in draft.Input) (draft.Draft, error) {
	if in.Page.JSON != nil {
		return table.Read(in) // an object is a block whose labels are names
	}
	if in.Page.Doc == nil {
		return draft.Draft{}, in.Unlike("a web page or JSON is wanted, since only they have labels", in.Capture.MediaType())
	}
	plan, err := rows.NewPlan(in)
	if err != nil {
		return draft.Draft{}, err
	}
	blocks, err := blocksOf(in)
	if err != nil {
		return draft.Draft{}, err
	}
	b := rows.NewBuilder(plan)
	if err := fill(in, plan, b, blocks); err != nil {
		return draft.Draft{}, err
	}
	out := b.Draft()
	out.Leads, err = links.Leads(in, b.Subjects)
	return out, err
}

// blocksOf are the outermost nodes that the view selects, or the whole page.
func blocksOf(in draft.Input) ([]*html.Node, error) {
	if in.View.Rows == "" {
		return in.Page.Doc.Find("body").Nodes, nil
	}
	nodes, err := in.Page.Select(in.View.Rows)
	if err != nil {
		return nil, fmt.Errorf("declaration of %s: rows: %w", in.Where(), err)
	}
	chosen := map[*html.Node]bool{}
	return slices.DeleteFunc(slices.Clone(nodes), func(n *html.Node) bool {
		chosen[n] = true
		for up := n.Parent; up != nil; up = up.Parent {
			if chosen[up] {
				return true
			}
		}
		return false
	}), nil
}

func fill(in draft.Input, plan *rows.Plan, b *rows.Builder, blocks []*html.Node) error {
	var all []*block
	known := 0
	var labels []string
	for _, n := range blocks {
		bl := readBlock(in.Page, plan, n)
		all = append(all, bl)
		known += len(bl.pairs)
		for _, p := range bl.pairs {
			labels = append(labels, p.label)
		}
		labels = append(labels, bl.unread...)
	}
	if known == 0 {
		if in.View.Empty != "" && strings.Contains(norm.Text(in.Page.Text), norm.Text(in.View.Empty)) {
			return nil
		}
		return in.Unlike(wanted(in, len(all)), found(labels)...)
	}
	if len(all) == 1 {
		if problem := all[0].problem(in); problem != "" {
			return in.Unlike(problem, found(labels)...)
		}
	}
	for _, bl := range all {
		for _, l := range bl.unread {
			b.Unread(l)
		}
		row, c, wrong := bl.row(in.Page, plan)
		switch {
		case len(bl.pairs) == 0:
			row.Fault = "这一块里没有声明的标签"
		case wrong != nil:
			row.Fault = "标签出现两次：" + strings.Join(wrong.Twice, "、")
		case len(bl.twice) > 0:
			row.Fault = "同一标签有两个不同的值：" + strings.Join(bl.twice, "、")
		}
		b.Add(c, row)
	}
	return nil
}

// found names the labels that a page has, or nothing, so that the error shows
// the page's own words instead.
func found(labels []string) []string {
	if len(labels) == 0 {
		return nil
	}
	out := []string{"labels " + labels[0]}
	return append(out, labels[1:min(len(labels), 40)]...)
}

func wanted(in draft.Input, blocks int) string {
	var names []string
	for _, l := range in.View.Fields {
		if l.Ignore == "" {
			names = append(names, l.Label)
		}
	}
	if blocks == 0 {
		return "no block at " + in.View.Rows + " 没有声明的区块"
	}
	return "none of the labels " + strings.Join(names, "、") + " is there"
}

// problem says what a page's only block lacks, or has twice.
func (b *block) problem(in draft.Input) string {
	var said []string
	for _, l := range in.View.Fields {
		if l.Need && !b.has(l) {
			said = append(said, "label "+l.Label+" is missing")
		}
	}
	for _, l := range b.twice {
		said = append(said, "label "+l+" stands there with two different values (rows: can select one block)")
	}
	return strings.Join(said, ", ")
}

func (b *block) has(l evidence.Label) bool {
	for spelling := range strings.SplitSeq(l.Label, "|") {
		key := rows.FoldLabel(spelling)
		if slices.ContainsFunc(b.pairs, func(p pair) bool { return rows.FoldLabel(p.label) == key }) {
			return true
		}
	}
	return false
}
