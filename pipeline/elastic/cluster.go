package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"probity/pipeline/evidence"
)

// Health is how the cluster is.
type Health struct {
	Version string
	Status  string // green, yellow, red: of our own indices
	Nodes   int
}

// Health asks once, without patience. A cluster of another kind or too old is
// evidence.ErrInvalid; one that is red is evidence.ErrUnavailable.
func (c *Client) Health(ctx context.Context) (Health, error) {
	var h Health
	answer, err := c.once(ctx, esapi.InfoRequest{})
	if err != nil {
		return h, fmt.Errorf("health: %w", err)
	}
	var info struct {
		Tagline string
		Version struct{ Number string }
	}
	if err := json.Unmarshal(answer, &info); err != nil || info.Tagline != "You Know, for Search" || len(info.Version.Number) < 2 || info.Version.Number[:2] != "8." {
		return h, fmt.Errorf("health: %w: version %q is no Elasticsearch 8", evidence.ErrInvalid, info.Version.Number)
	}
	h.Version = info.Version.Number
	answer, err = c.once(ctx, esapi.ClusterHealthRequest{Index: []string{c.prefix + "-*"}})
	if err != nil {
		return h, fmt.Errorf("health: %w", err)
	}
	var health struct {
		Status string `json:"status"`
		Nodes  int    `json:"number_of_nodes"`
	}
	if err := json.Unmarshal(answer, &health); err != nil {
		return h, fmt.Errorf("health: read answer: %w", err)
	}
	h.Status, h.Nodes = health.Status, health.Nodes
	if h.Status == "red" {
		return h, fmt.Errorf("health: %w: an index of ours is red: some of its documents are nowhere: bring its nodes back", evidence.ErrUnavailable)
	}
	return h, nil
}

func isNotFound(err error) bool { return errors.Is(err, evidence.ErrNotFound) }
