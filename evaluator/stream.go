package evaluator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"probity/evaluator/request"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// EvaluateStream reads inputs, one JSON object a line (see request), and
// writes their evaluations, one a line in the same order
// (schema/evaluation.schema.json). Lines without as_of take the day given. It
// stops at the first line that it cannot read, with evidence.ErrInvalid; what
// was written before stands.
func EvaluateStream(r io.Reader, w io.Writer, std *standard.Standard, tables *Tables, asOf evidence.Date) error {
	in := request.NewReader(r, asOf)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for {
		inputs, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read inputs: %w", err)
		}
		e, err := Evaluate(std, tables, inputs)
		if err != nil {
			return fmt.Errorf("line %d: %w", in.Line(), err)
		}
		if err := out.Encode(e); err != nil {
			return fmt.Errorf("write evaluation: %w", err)
		}
	}
}
