package standard_test

import (
	"testing"

	"probity/deploy/standards"
	"probity/deploy/tables"
	"probity/evaluator/standard"
)

func TestTheShippedStandardAndTablesAreRead(t *testing.T) {
	s, err := standard.Load(standards.FS, standards.Default)
	if err != nil {
		t.Fatal(err)
	}
	if s.Name() != "SZ-ECOM-DEFAULT@2026.2" || len(s.Indicators) != 25 {
		t.Errorf("got %s with %d indicators", s.Name(), len(s.Indicators))
	}
	if _, err := standard.LoadTables(tables.FS); err != nil {
		t.Fatal(err)
	}
}
