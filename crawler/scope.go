package crawler

import "probity/pipeline/evidence"

// Scope says which leads belong to their source. A refusal is a FaultError
// that wraps evidence.ErrForbidden, or ErrInvalid for what is no address.
type Scope interface {
	// Admit returns the lead in canonical form, its view named.
	Admit(l evidence.Lead) (evidence.Lead, error)
	// Follow returns the lead that an answer to from redirects to: the same
	// view, depth and subject, one hop further.
	Follow(from evidence.Lead, status int, location string) (evidence.Lead, error)
}

// MaxHops is how many redirects are followed one after another.
const MaxHops = 10
