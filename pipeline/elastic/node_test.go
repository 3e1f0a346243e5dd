package elastic_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"probity/pipeline/elastic"
	"probity/pipeline/elastic/elastictest"
	"probity/pipeline/evidence"
)

// secured opens a client and makes its index, if it may.
func secured(t *testing.T, s elastic.Settings) *elastic.Client {
	t.Helper()
	s.Patience = time.Second
	c, err := elastic.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestANodeWithTLSAndUsers(t *testing.T) {
	t.Parallel()
	node := elastictest.Start(t)
	keeper := secured(t, node.Settings())
	ensure(t, keeper)
	t.Run("user and password are let in", func(t *testing.T) {
		if err := keeper.Create(t.Context(), keeper.Name(write), "a", thing(1)); err != nil {
			t.Error(err)
		}
	})
	t.Run("an API key is let in, to what it is for", func(t *testing.T) {
		s := node.Settings()
		s.User, s.Password = "", ""
		s.APIKey = elastictest.Key(t, node, `{"reader":{"cluster":["monitor"],"indices":[{"names":["test-*"],"privileges":["read"]}]}}`)
		reader := secured(t, s)
		if d, err := reader.Get(t.Context(), reader.Name("things"), "a"); err != nil || !d.Found {
			t.Errorf("%+v %v", d, err)
		}
		if err := reader.Create(t.Context(), reader.Name(write), "b", thing(2)); !errors.Is(err, evidence.ErrForbidden) {
			t.Errorf("a reader writes: %v", err)
		}
	})
	for sentence, change := range map[string]func(*elastic.Settings){
		"a wrong password is refused":   func(s *elastic.Settings) { s.Password = "hidden-guess" },
		"an unknown API key is refused": func(s *elastic.Settings) { s.User, s.APIKey = "", "aGlkZGVuOmhpZGRlbg==" },
		"who says nothing is refused":   func(s *elastic.Settings) { s.User, s.Password = "", "" },
		"a user in the address is known": func(s *elastic.Settings) {
			s.Addresses[0] = strings.Replace(s.Addresses[0], "//", "//nobody:hidden@", 1)
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := node.Settings()
			change(&s)
			_, err := secured(t, s).Health(t.Context())
			if !errors.Is(err, evidence.ErrForbidden) || strings.Contains(err.Error(), "hidden") {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("a certificate that nobody vouches for is refused", func(t *testing.T) {
		s := node.Settings()
		s.CA = ""
		if _, err := secured(t, s).Health(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a node that was killed is away, and back with all that it acknowledged", func(t *testing.T) { testAway(t, node, keeper) })
}

func testAway(t *testing.T, node *elastictest.Node, c *elastic.Client) {
	ops := make([]elastic.Op, 300)
	for i := range ops {
		ops[i] = elastic.Op{Index: c.Name(write), ID: fmt.Sprint("d", i), Body: thing(i), Once: true}
	}
	if _, err := c.Bulk(t.Context(), ops, elastic.Limits{Docs: 50}); err != nil {
		t.Fatal(err)
	}
	node.Kill(t)
	if err := c.Create(t.Context(), c.Name(write), "late", thing(1)); !errors.Is(err, evidence.ErrUnavailable) {
		t.Errorf("away: %v", err)
	}
	if _, err := c.Health(t.Context()); !errors.Is(err, evidence.ErrUnavailable) {
		t.Errorf("away: %v", err)
	}
	node.Up(t)
	patient := node.Settings()
	patient.Patience = time.Minute // its shards come a moment after it
	again, err := elastic.Open(patient)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	if err := again.Create(t.Context(), c.Name(write), "late", thing(1)); err != nil {
		t.Error(err)
	}
	if err := again.Refresh(t.Context(), c.Name("things")); err != nil {
		t.Error(err)
	}
	if n, err := again.Count(t.Context(), c.Name("things"), nil); err != nil || n != 302 {
		t.Errorf("%d documents came back: %v", n, err)
	}
}
