// Package tables holds the rule tables beside the standards, as data: which
// scope of business needs which licence, and how the default standard is read
// where it is silent. Each is labelled as the project's own. Nothing here
// computes; evaluator/standard reads the files, strictly.
package tables

import "embed"

// FS holds the tables, one JSON file each.
//
//go:embed *.json
var FS embed.FS
