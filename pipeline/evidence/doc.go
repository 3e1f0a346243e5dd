// Package evidence is the vocabulary of the house: the things that travel
// from room to room, in the order in which they come to be.
//
//	Source      a declared place on the web, and on what ground it is read
//	Lead        a URL somebody wants visited, and why
//	Capture     one archived exchange
//	Record      one normalised statement read from a capture, with its place
//	Entity      an operator: identifiers, names, sites, shops
//	Fact        what the records of all sources say about one thing
//	Look        a finished search: why "nothing found" may be said
//	Evaluation  score, grade, coverage and reasons of one entity
//
// Each is a plain value, and each names the thing that it was made from, so
// that whatever is published can be walked back to the bytes a server sent.
// The package imports the standard library only and does no input or output.
package evidence
