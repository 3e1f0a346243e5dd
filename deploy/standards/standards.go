// Package standards holds the scoring standards that are shipped with the
// house, as data. Each is labelled as what it is: the default is the project's
// own and no published standard. Nothing here computes; evaluator/standard
// reads the files, strictly.
package standards

import "embed"

// Default is the file of the standard that is used where none is named.
const Default = "sz-ecom-default.json"

// FS holds the standards, one JSON file each.
//
//go:embed *.json
var FS embed.FS
