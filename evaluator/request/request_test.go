package request_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"probity/evaluator/request"
	"probity/pipeline/evidence"
)

const head = `{"subject":{"name":"甲"},"looks":[],"facts":[`

func TestAFaultIsNamedWithLineAndPath(t *testing.T) {
	for _, tc := range []struct{ name, line, want string }{
		{"an unknown key", `{"subject":{},"fact":[]}`, "line 3: fact: unknown field: remove it or see the schema"},
		{"nobody", `{"subject":{},"facts":[],"looks":[]}`, "line 3: subject: give an id, a name or identifiers"},
		{"an unknown type", head + `{"type":"fine"}]}`, `line 3: facts[0].type: "fine" is no type of fact; known are registration`},
		{"a repair as a fact", head + `{"type":"repair"}]}`, "is no type of fact"},
		{"a field of another type", head + `{"type":"penalty","fields":{"balance":"3"}}]}`, "line 3: facts[0].fields.balance: a penalty has no such field"},
		{"an amount with a unit", head + `{"type":"penalty","fields":{"amount":"3万元"}}]}`, `facts[0].fields.amount: "3万元": want a decimal like 2000.00`},
		{"an amount with an exponent", head + `{"type":"penalty","fields":{"amount":"1e9999999"}}]}`, "want a decimal"},
		{"a date of a form", head + `{"type":"penalty","fields":{"date":"2026年1月2日"}}]}`, "want a date like 2026-11-02"},
		{"a flag in words", head + `{"type":"complaint","fields":{"resolved":"是"}}]}`, "want one of true, false"},
		{"an unknown kind of penalty", head + `{"type":"penalty","fields":{"kinds":"罚款;罚酒"}}]}`, `"罚酒": want one of 警告`},
		{"an unknown effect", head + `{"type":"penalty","effects":[{"kind":"forgiven"}]}]}`, "facts[0].effects[0].kind"},
		{"a day that is none", head + `],"as_of":"2026-02-30"}`, "as_of"},
		{"a look without time", `{"subject":{"name":"甲"},"facts":[],"looks":[{"kind":"gsxt","indicators":[],"result":"complete"}]}`, "looks[0].time: missing"},
		{"a look without indicators", `{"subject":{"name":"甲"},"facts":[],"looks":[{"kind":"gsxt","result":"complete","time":"2026-11-02T00:00:00Z"}]}`, "looks[0].indicators: missing"},
		{"a look without result", `{"subject":{"name":"甲"},"facts":[],"looks":[{"kind":"gsxt","indicators":[],"time":"2026-11-02T00:00:00Z"}]}`, "want one of complete"},
		{"an unknown trait", `{"subject":{"name":"甲","traits":["nice"]},"facts":[],"looks":[]}`, "subject.traits[0]"},
		{"an identifier without scheme", `{"subject":{"identifiers":["91440300192317458F"]},"facts":[],"looks":[]}`, "want scheme:value"},
		{"no JSON", `subject: 甲`, "line 3"},
	} {
		r := request.NewReader(strings.NewReader("\n \n"+tc.line), "2026-11-02")
		_, err := r.Next()
		if err == nil || !strings.Contains(err.Error(), tc.want) || !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%s: %v\nwant %q", tc.name, err, tc.want)
		}
	}
}

func TestLinesAreReadInOrderAndBlankOnesPassedOver(t *testing.T) {
	r := request.NewReader(strings.NewReader("\n"+head+`]}`+"\r\n\n"+head+`],"as_of":"2020-01-01","known_at":7}`), "2026-11-02")
	a, err := r.Next()
	if err != nil || a.AsOf != "2026-11-02" || r.Line() != 2 || a.Subject.ID == "" {
		t.Errorf("%+v on line %d, %v", a, r.Line(), err)
	}
	b, err := r.Next()
	if err != nil || b.AsOf != "2020-01-01" || b.KnownAt != 7 || b.Subject.ID != a.Subject.ID {
		t.Errorf("%+v, %v", b, err)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("want the end, got %v", err)
	}
}

func TestWithoutAnyDayALineIsRefused(t *testing.T) {
	_, err := request.NewReader(strings.NewReader(head+`]}`), "").Next()
	if err == nil || !strings.Contains(err.Error(), "--as-of") {
		t.Errorf("%v does not say what to do", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(head + `{"type":"penalty","fields":{"kinds":"罚款","amount":"3000","date":"2026-01-02"},"effects":[{"kind":"repaired","from":"2026-02-01"}]}]}`))
	f.Add([]byte(`{"subject":{"id":"x"},"facts":null,"looks":[{"kind":"gsxt","indicators":["1.1"],"result":"complete","time":"2026-11-02T09:00:00+08:00"}]}`))
	f.Add([]byte(`{"subject":{"name":"` + "\xff" + `"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := request.Decode(data, 1)
		if err != nil {
			if !errors.Is(err, evidence.ErrInvalid) {
				t.Errorf("%v does not say what the receiver should do", err)
			}
			return
		}
		if in.Subject.ID == "" {
			t.Error("accepted without a subject")
		}
	})
}
