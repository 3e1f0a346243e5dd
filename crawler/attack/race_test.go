//go:build race

package attack_test

// raced says that memory and time are the race detector's rather than the
// crawler's, which is held to what it takes without it.
const raced = true
