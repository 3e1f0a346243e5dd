package elastic_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
)

// A trouble answers bulk requests as a cluster in trouble does: status 0 is no
// answer at all, otherwise it is that of an item, or of all if whole is set.
type trouble struct {
	status func(attempt int, id string) int
	whole  func(attempt int) int
	seen   map[string]int
	calls  int
}

func (f *trouble) RoundTrip(r *http.Request) (*http.Response, error) {
	f.calls++
	body, _ := io.ReadAll(r.Body)
	if f.whole != nil {
		if s := f.whole(f.calls); s == 0 {
			return nil, errors.New("connection reset by peer")
		} else if s != http.StatusOK {
			return answer(s, `<html>no room</html>`), nil
		}
	}
	var items []string
	for i, line := range bytes.Split(bytes.TrimSpace(body), []byte("\n")) {
		if i%2 == 1 {
			continue
		}
		var action map[string]struct {
			ID string `json:"_id"`
		}
		_ = json.Unmarshal(line, &action)
		id := action["index"].ID
		f.seen[id]++
		if s := f.status(f.seen[id], id); s == http.StatusOK {
			items = append(items, fmt.Sprintf(`{"index":{"_id":%q,"status":200}}`, id))
		} else {
			items = append(items, fmt.Sprintf(`{"index":{"_id":%q,"status":%d,"error":{"type":"some_exception","reason":"because"}}}`, id, s))
		}
	}
	return answer(http.StatusOK, `{"items":[`+strings.Join(items, ",")+`]}`), nil
}

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func bulk(t *testing.T, f *trouble, n int) []error {
	t.Helper()
	f.seen = map[string]int{}
	c, err := elastic.Open(elastic.Settings{
		Addresses: []string{"http://127.0.0.1:1"}, Patience: time.Minute,
		Wrap: func(http.RoundTripper) http.RoundTripper { return f },
	})
	if err != nil {
		t.Fatal(err)
	}
	ops := make([]elastic.Op, n)
	for i := range ops {
		ops[i] = elastic.Op{Index: "x", ID: strconv.Itoa(i), Body: thing(i), Version: 1}
	}
	results, err := c.Bulk(t.Context(), ops, elastic.Limits{Docs: 10, Parallel: 1})
	lost := false
	for _, r := range results {
		lost = lost || errors.Is(r, evidence.ErrUnavailable)
	}
	if lost != (err != nil) {
		t.Errorf("lost %v, but the error is %v", lost, err)
	}
	return results
}

func TestOnlyWhatFoundNoRoomIsSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &trouble{status: func(attempt int, id string) int {
			if attempt < 4 && strings.HasSuffix(id, "3") {
				return http.StatusTooManyRequests
			}
			return http.StatusOK
		}}
		for i, err := range bulk(t, f, 40) {
			if err != nil {
				t.Errorf("document %d: %v", i, err)
			}
		}
		for id, n := range f.seen {
			if want := 1; strings.HasSuffix(id, "3") != (n == 4) || !strings.HasSuffix(id, "3") && n != want {
				t.Errorf("document %s was sent %d times", id, n)
			}
		}
	})
}

func TestNothingIsAcknowledgedThatWasNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		never := &trouble{status: func(int, string) int { return http.StatusServiceUnavailable }}
		for i, err := range bulk(t, never, 3) {
			if !errors.Is(err, evidence.ErrUnavailable) {
				t.Errorf("document %d: %v", i, err)
			}
		}
		if never.calls < 10 || never.calls > 200 {
			t.Errorf("a minute of patience made %d attempts", never.calls)
		}
		broken := &trouble{
			status: func(int, string) int { return http.StatusOK },
			whole: func(attempt int) int {
				return []int{0, http.StatusBadGateway, http.StatusTooManyRequests, http.StatusOK}[min(attempt-1, 3)]
			},
		}
		for i, err := range bulk(t, broken, 3) {
			if err != nil {
				t.Errorf("document %d: %v", i, err)
			}
		}
		if broken.calls != 4 {
			t.Errorf("%d attempts", broken.calls)
		}
	})
}
