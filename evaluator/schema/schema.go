// Package schema publishes the JSON Schemas (draft 2020-12) of what `probity
// evaluate` reads and writes. They are kept by hand, so that they are written
// for people; tests hold them to the Go types and to every golden.
package schema

import "embed"

// Names of the schemas in FS.
const (
	Inputs     = "inputs.schema.json"
	Evaluation = "evaluation.schema.json"
)

// FS holds the schemas.
//
//go:embed *.schema.json
var FS embed.FS
