package docx

import (
	"encoding/xml"
	"strconv"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"probity/extractors/page"
)

// widest is how many columns a table may have.
const widest = 500

// A merged is a cell that may go on in the rows below it.
type merged struct {
	node         *html.Node
	across, down int
}

// A table is one table while its rows are read.
type table struct {
	*reader
	node  *html.Node
	above map[int]*merged // column -> the cell there
	all   []*merged
}

func (t *table) spread() {
	for _, m := range t.all {
		page.Spread(m.node, m.across, m.down)
	}
}

func (t *table) rows(depth int) error {
	return t.next(depth, func(e xml.StartElement) error {
		switch {
		case gone(e.Name):
			return t.skip(depth + 1)
		case word(e.Name) && e.Name.Local == "tr":
			return t.row(depth + 1)
		}
		return t.rows(depth + 1) // what wraps rows
	}, nil)
}

// A row is one row while its cells are read.
type row struct {
	*table
	node   *html.Node
	column int
	gone   bool // deleted by a revision
}

func (t *table) row(depth int) error {
	r := &row{table: t, node: page.Add(t.node, atom.Tr, 0)}
	err := r.cells(depth)
	if r.gone {
		t.node.RemoveChild(r.node)
	}
	return err
}

func (r *row) cells(depth int) error {
	return r.next(depth, func(e xml.StartElement) error {
		switch {
		case word(e.Name) && e.Name.Local == "trPr":
			return r.next(depth+1, func(e xml.StartElement) error {
				switch e.Name.Local {
				case "del":
					r.gone = true
				case "gridBefore":
					for range min(number(e), widest) {
						page.Add(r.node, atom.Td, 0)
						r.column++
					}
				}
				return r.skip(depth + 2)
			}, nil)
		case gone(e.Name):
			return r.skip(depth + 1)
		case word(e.Name) && e.Name.Local == "tc":
			return r.cell(depth + 1)
		}
		return r.cells(depth + 1)
	}, nil)
}

// number is the value of an element that holds one, 1 where it holds none.
func number(e xml.StartElement) int {
	n, err := strconv.Atoi(value(e))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// cell reads one cell. One that goes on from the row above adds a row to that
// cell, and shows nothing of its own.
func (r *row) cell(depth int) error {
	td := &html.Node{Type: html.ElementNode, DataAtom: atom.Td, Data: "td"}
	across, goesOn := 1, false
	err := r.next(depth, func(e xml.StartElement) error {
		switch {
		case word(e.Name) && e.Name.Local == "tcPr":
			return r.next(depth+1, func(e xml.StartElement) error {
				switch e.Name.Local {
				case "gridSpan":
					across = min(number(e), widest)
				case "vMerge":
					goesOn = value(e) != "restart"
				}
				return r.skip(depth + 2)
			}, nil)
		case gone(e.Name):
			return r.skip(depth + 1)
		case word(e.Name) && e.Name.Local == "p":
			return r.paragraph(td, depth+1)
		case word(e.Name) && e.Name.Local == "tbl":
			t := &table{reader: r.reader, node: page.Add(td, atom.Table, 0), above: map[int]*merged{}}
			err := t.rows(depth + 1)
			t.spread()
			return err
		}
		return r.blocks(td, depth+1)
	}, nil)
	if err != nil || r.column >= widest {
		return err
	}
	if above := r.above[r.column]; goesOn && above != nil && !r.gone {
		above.down++
	} else {
		m := &merged{td, across, 1}
		r.node.AppendChild(td)
		r.above[r.column] = m
		r.all = append(r.all, m)
	}
	r.column += across
	return nil
}
