package resolve_test

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"probity/indexer/resolve"
)

// A real list, where the file is present: each company is one entity, and each
// list that it is on one fact, however many forms of the file come in.
func TestEachCompanyOfARealListIsOneEntity(t *testing.T) {
	f, err := os.Open("../../../shared/real/dishonest_ecommerce_companies.csv")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("not here: ../shared/real is not beside the project")
	}
	must(t, err)
	defer func() { must(t, f.Close()) }()
	rows, err := csv.NewReader(f).ReadAll()
	must(t, err)
	types := map[string]string{"失信被执行人名单": "dishonest_debtor", "工商吊销企业名单": "revocation_listing"}
	var forms [3]resolve.Set
	facts := 0
	for _, row := range rows[1:] {
		p := who(row[0], row[1], row[2], row[3])
		for name := range strings.SplitSeq(row[4], "、") {
			facts++
			for i, source := range []string{"list", "list2", "credit"} {
				forms[i].States = append(forms[i].States, seen(rec(source, types[name], row[0]+name, p), 2))
			}
		}
	}
	want := ""
	for subset := 1; subset < 8; subset++ {
		set := resolve.Set{Sources: sources()}
		for i := range forms {
			if subset&(1<<i) != 0 {
				set.States = append(set.States, forms[i].States...)
			}
		}
		res := now(set)
		if len(res.Entities) != len(rows)-1 || len(res.Facts) != facts || len(res.Loose) != 0 {
			t.Fatalf("subset %b: %d entities of %d rows, %d facts of %d, loose %+v", subset, len(res.Entities), len(rows)-1, len(res.Facts), facts, res.Loose)
		}
		if got := summary(res); want == "" {
			want = got
		} else if got != want {
			t.Errorf("subset %b says other facts", subset)
		}
	}
}

func summary(res resolve.Result) string {
	var b strings.Builder
	for _, f := range res.Facts {
		b.WriteString(f.ID + f.State("2026-11-20") + string(f.Date))
	}
	return b.String()
}
