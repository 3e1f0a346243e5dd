// Package calendars holds the holidays and shifted working days of China by
// year, as data: the dates of the State Council's yearly notices, whose
// addresses each file names. They were gathered by the project holiday-cn
// (MIT, see LICENSE). December days may stand in the next year's file, so a
// reader loads both. Nothing here computes; see evaluator/calendar.
package calendars

import "embed"

// FS holds one JSON file a year, named 2026.json.
//
//go:embed *.json LICENSE
var FS embed.FS
