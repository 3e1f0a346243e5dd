package world

import "testing"

func TestNewMakesAtLeastTwoHundredOperators(t *testing.T) {
	w := New(1)
	t.Logf("%d operators, %d sites, %d shops, %d penalties, %d reviews", len(w.Operators), len(w.Sites), len(w.Shops), len(w.penalties), len(w.reviews))
	if len(w.Operators) < 200 {
		t.Errorf("%d operators", len(w.Operators))
	}
}
