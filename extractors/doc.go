// Package extractors is the room between capture and records: it reads one
// archived page by the declaration of its source, and says what the page
// states, where, and which further pages it names.
//
// A reading is a pure function of source, view and capture. It asks nobody and
// remembers nothing: the same capture gives the same reading, byte for byte,
// so that a better reader may read the archive again. An extractor never calls
// the crawler; it leaves leads.
//
//	page    bytes -> text with places (runes), by the recorded charset
//	sheet   the same for workbooks
//	rows    labelled values -> records, quarantined rows, declared skips
//	table, detail, links           declared kinds of page, without code
//	judgment, shop, reviews, site  kinds that need code
//	norm    values -> canonical form
//	mask    personal data hidden, rune for rune, on everything that leaves
//
// Nothing personal leaves this room: see mask. Nothing is dropped in silence:
// rows found = records stated + rows quarantined with a reason + skips that
// were declared, on every page.
package extractors
