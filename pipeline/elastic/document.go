package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"probity/pipeline/evidence"
)

// A Document is what is stored under an id.
type Document struct {
	Index   string          `json:"_index"`
	ID      string          `json:"_id"`
	Found   bool            `json:"found"`
	Version int64           `json:"_version"`
	Source  json.RawMessage `json:"_source"`
	Error   *cause          `json:"error"`
}

// Get returns a document as it stands now, searchable yet or not;
// evidence.ErrNotFound if there is none.
func (c *Client) Get(ctx context.Context, index, id string) (Document, error) {
	docs, err := c.MGet(ctx, index, []string{id})
	if err != nil {
		return Document{}, err
	}
	if !docs[0].Found {
		return Document{}, fmt.Errorf("get %s %s: %w", index, id, evidence.ErrNotFound)
	}
	return docs[0], nil
}

// MGet returns the documents of ids in their order, as they stand now; one
// that is not there has Found false. With fields, only those of the source.
// A shard that is not there yet, as of an index made just now, is waited for
// as long as the client's patience.
func (c *Client) MGet(ctx context.Context, index string, ids []string, fields ...string) ([]Document, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	pause := backoff{}
	for deadline := time.Now().Add(c.patience); ; {
		docs, err := c.mget(ctx, index, ids, fields)
		if err == nil || !errors.Is(err, evidence.ErrUnavailable) || NoIndex(err) || time.Now().After(deadline) || !pause.wait(ctx) {
			return docs, err
		}
	}
}

func (c *Client) mget(ctx context.Context, index string, ids, fields []string) ([]Document, error) {
	body, err := json.Marshal(map[string][]string{"ids": ids})
	if err != nil {
		return nil, err
	}
	answer, err := c.do(ctx, "get "+index, func() request {
		return esapi.MgetRequest{Index: index, Body: bytes.NewReader(body), SourceIncludes: fields}
	})
	if err != nil {
		return nil, err
	}
	var a struct {
		Docs []Document `json:"docs"`
	}
	if err := json.Unmarshal(answer, &a); err != nil || len(a.Docs) != len(ids) {
		return nil, fmt.Errorf("get %s: %w: an answer for %d of %d documents: %w", index, evidence.ErrUnavailable, len(a.Docs), len(ids), err)
	}
	for _, d := range a.Docs {
		if d.Error != nil {
			return nil, fmt.Errorf("get %s %s: %w", index, d.ID, fault(503, *d.Error))
		}
	}
	return a.Docs, nil
}

// Create stores a document that is not there yet; evidence.ErrConflict if it
// is, which for append-only documents is success.
func (c *Client) Create(ctx context.Context, index, id string, body json.RawMessage) error {
	return c.write(ctx, Op{Index: index, ID: id, Body: body, Once: true})
}

// Put stores a document under a version that must be higher than the stored
// one's; evidence.ErrConflict if it is not.
func (c *Client) Put(ctx context.Context, index, id string, version int64, body json.RawMessage) error {
	return c.write(ctx, Op{Index: index, ID: id, Body: body, Version: version})
}

// Delete removes a document; one that is not there is success.
func (c *Client) Delete(ctx context.Context, index, id string) error {
	err := c.write(ctx, Op{Index: index, ID: id})
	if isNotFound(err) {
		return nil
	}
	return err
}

func (c *Client) write(ctx context.Context, op Op) error {
	results, _ := c.Bulk(ctx, []Op{op}, Limits{})
	if results[0] != nil {
		return fmt.Errorf("write %s %s: %w", op.Index, op.ID, results[0])
	}
	return nil
}
