// Package elastictest gives tests a place of their own in a real
// Elasticsearch, and takes it away after them.
package elastictest

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"probity/pipeline/elastic"
)

// Variable names the environment variable with the addresses, comma separated.
const Variable = "PROBITY_TEST_ELASTICSEARCH"

// Settings returns settings with a prefix that nobody else has. The test is
// skipped where no Elasticsearch is named. What the test makes under the
// prefix is removed when it ends.
func Settings(t testing.TB) elastic.Settings {
	t.Helper()
	addresses := os.Getenv(Variable)
	if addresses == "" {
		t.Skip("not here: " + Variable + " names no Elasticsearch (make fleet-up starts one)")
	}
	s := elastic.Settings{Addresses: strings.Split(addresses, ","), Prefix: "test-" + strings.ToLower(rand.Text()[:10])}
	t.Cleanup(func() { clean(t, s) })
	return s
}

// Open returns a client with a prefix that nobody else has, as [Settings].
func Open(t testing.TB) *elastic.Client {
	t.Helper()
	c, err := elastic.Open(Settings(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func clean(t testing.TB, s elastic.Settings) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	c, err := elastic.Open(s)
	if err == nil {
		err = c.Wipe(ctx)
	}
	if err != nil {
		t.Errorf("clean up %s: %v", s.Prefix, err)
	}
}
