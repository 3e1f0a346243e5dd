// Package profiles holds the source profiles that are shipped with the house:
// how a kind of published list is read, whoever publishes it. A source of
// one's own extends one and says who, where and on what ground; see README.
package profiles

import "embed"

// FS holds the folder sources with one profile a file.
//
//go:embed sources
var FS embed.FS
