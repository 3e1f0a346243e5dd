// Package crawler turns leads into captures: may I, when, fetch, keep.
//
//	Frontier   who is visited next, by whom, and how long the others wait
//	Robots     whether the publisher lets us (package robots)
//	Fetcher    one exchange within limits (package collyfetch)
//	Visitor    the loop: claim, ask, fetch, archive, settle
//	Scope      whether a lead belongs to its source (package scope)
//
// Why so: politeness is a promise to somebody else, so it cannot live in one
// worker's memory. The frontier keeps it for all workers and all runs, beside
// the leads themselves, and a worker only holds leases. An exchange is in the
// archive, synced, before its lead is settled; the settlement and the queue
// entry of the capture are one transaction. So a kill at any moment repeats a
// request at worst, and loses nothing.
//
// What it refuses: to read a page (extractors do), to follow a redirect by
// itself (a redirect is a lead, with its own scope, robots and courtesy), to
// take a missing answer for an empty one, and to solve, log in or evade.
package crawler
