package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"probity/pipeline/evidence"
)

// PutTemplate says how indices whose names match are made. body is that of
// _index_template.
func (c *Client) PutTemplate(ctx context.Context, name string, body json.RawMessage) error {
	_, err := c.do(ctx, "put template "+name, func() request {
		return esapi.IndicesPutIndexTemplateRequest{Name: name, Body: bytes.NewReader(body)}
	})
	return err
}

// DeleteTemplate removes a template; one that is not there is success.
func (c *Client) DeleteTemplate(ctx context.Context, name string) error {
	_, err := c.do(ctx, "delete template "+name, func() request { return esapi.IndicesDeleteIndexTemplateRequest{Name: name} })
	if isNotFound(err) {
		return nil
	}
	return err
}

// CreateIndex makes an index as its template says, with what body adds, nil:
// nothing; evidence.ErrConflict if it is there.
func (c *Client) CreateIndex(ctx context.Context, name string, body json.RawMessage) error {
	_, err := c.do(ctx, "create index "+name, func() request {
		r := esapi.IndicesCreateRequest{Index: name}
		if body != nil {
			r.Body = bytes.NewReader(body)
		}
		return r
	})
	if err != nil && strings.Contains(err.Error(), "resource_already_exists_exception") {
		return fmt.Errorf("create index %s: %w", name, evidence.ErrConflict)
	}
	return err
}

// DeleteIndex removes indices by their own names; what is not there is success.
func (c *Client) DeleteIndex(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	_, err := c.do(ctx, "delete index", func() request {
		return esapi.IndicesDeleteRequest{Index: names, IgnoreUnavailable: new(true)}
	})
	return err
}

// Indices returns the names of the indices whose names match, sorted.
func (c *Client) Indices(ctx context.Context, pattern string) ([]string, error) {
	answer, err := c.do(ctx, "list indices", func() request { return esapi.IndicesGetAliasRequest{Index: []string{pattern}} })
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return keys(answer)
}

// Behind returns the indices behind an alias, sorted; none if there is none.
func (c *Client) Behind(ctx context.Context, alias string) ([]string, error) {
	answer, err := c.do(ctx, "get alias "+alias, func() request { return esapi.IndicesGetAliasRequest{Name: []string{alias}} })
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return keys(answer)
}

func keys(answer []byte) ([]string, error) {
	var a map[string]json.RawMessage
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	names := make([]string, 0, len(a))
	for name := range a {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// An AliasChange adds an index to an alias, or removes it.
type AliasChange struct {
	Alias, Index string
	Remove       bool
	Write        bool // the index that takes the alias's writes
}

// ChangeAliases makes all changes at one moment: nobody sees half of them.
func (c *Client) ChangeAliases(ctx context.Context, changes ...AliasChange) error {
	actions := make([]map[string]any, len(changes))
	for i, ch := range changes {
		one := map[string]any{"index": ch.Index, "alias": ch.Alias}
		if ch.Remove {
			one["must_exist"] = false
			actions[i] = map[string]any{"remove": one}
			continue
		}
		one["is_write_index"] = ch.Write
		actions[i] = map[string]any{"add": one}
	}
	body, err := json.Marshal(map[string]any{"actions": actions})
	if err != nil {
		return err
	}
	_, err = c.do(ctx, "change aliases", func() request { return esapi.IndicesUpdateAliasesRequest{Body: bytes.NewReader(body)} })
	return err
}

// Ensure makes an index with a read and a write alias from its template, if
// the write alias is not there yet. Many may do so at once.
func (c *Client) Ensure(ctx context.Context, template string, body json.RawMessage, index, read, write string) error {
	if err := c.PutTemplate(ctx, template, body); err != nil {
		return err
	}
	behind, err := c.Behind(ctx, write)
	if err != nil || len(behind) > 0 {
		return err
	}
	both := fmt.Appendf(nil, `{"aliases":{%q:{},%q:{"is_write_index":true}}}`, read, write)
	if err := c.CreateIndex(ctx, index, both); err != nil && !errors.Is(err, evidence.ErrConflict) {
		return err
	}
	return nil
}

// AddFields adds fields to the mapping of an index, as the properties of
// _mapping; those that it has stay.
func (c *Client) AddFields(ctx context.Context, index string, properties json.RawMessage) error {
	body := fmt.Appendf(nil, `{"properties":%s}`, properties)
	_, err := c.do(ctx, "add fields to "+index, func() request {
		return esapi.IndicesPutMappingRequest{Index: []string{index}, Body: bytes.NewReader(body)}
	})
	return err
}

// Refresh makes what was written so far searchable, now.
func (c *Client) Refresh(ctx context.Context, index string) error {
	_, err := c.do(ctx, "refresh "+index, func() request { return esapi.IndicesRefreshRequest{Index: []string{index}} })
	return err
}

// Set changes settings of an index, such as blocks.
func (c *Client) Set(ctx context.Context, index string, settings json.RawMessage) error {
	_, err := c.do(ctx, "set "+index, func() request {
		return esapi.IndicesPutSettingsRequest{Index: []string{index}, Body: bytes.NewReader(settings)}
	})
	return err
}

// Wipe removes every index and template under the client's prefix.
func (c *Client) Wipe(ctx context.Context) error {
	names, err := c.Indices(ctx, c.prefix+"-*")
	if err != nil {
		return err
	}
	if err := c.DeleteIndex(ctx, names...); err != nil {
		return err
	}
	return c.DeleteTemplate(ctx, c.prefix+"-*")
}

// Block refuses writes to an index, or admits them again. When it returns, all
// writes that were on their way have ended. Whoever is refused is told
// evidence.ErrUnavailable and tries again.
func (c *Client) Block(ctx context.Context, index string, writes bool) error {
	if !writes {
		return c.Set(ctx, index, json.RawMessage(`{"index.blocks.write":null}`))
	}
	_, err := c.do(ctx, "block "+index, func() request {
		return esapi.IndicesAddBlockRequest{Index: []string{index}, Block: "write"}
	})
	return err
}

// SetMeta notes something beside an index, for whoever comes later.
func (c *Client) SetMeta(ctx context.Context, index string, meta any) error {
	body, err := json.Marshal(map[string]any{"_meta": meta})
	if err != nil {
		return err
	}
	_, err = c.do(ctx, "note "+index, func() request {
		return esapi.IndicesPutMappingRequest{Index: []string{index}, Body: bytes.NewReader(body)}
	})
	return err
}

// Meta reads what SetMeta noted into meta.
func (c *Client) Meta(ctx context.Context, index string, meta any) error {
	answer, err := c.do(ctx, "read note "+index, func() request { return esapi.IndicesGetMappingRequest{Index: []string{index}} })
	if err != nil {
		return err
	}
	var a map[string]struct {
		Mappings struct {
			Meta json.RawMessage `json:"_meta"`
		} `json:"mappings"`
	}
	if err := json.Unmarshal(answer, &a); err != nil || len(a[index].Mappings.Meta) == 0 {
		return fmt.Errorf("read note %s: %w", index, errors.Join(evidence.ErrNotFound, err))
	}
	return json.Unmarshal(a[index].Mappings.Meta, meta)
}

// Sequences returns the number of the last write of each shard of an index:
// what is written later has a higher _seq_no.
func (c *Client) Sequences(ctx context.Context, index string) (map[string]int64, error) {
	answer, err := c.do(ctx, "count writes "+index, func() request {
		return esapi.IndicesStatsRequest{Index: []string{index}, Level: "shards", Metric: []string{"docs"}}
	})
	if err != nil {
		return nil, err
	}
	var a struct {
		Indices map[string]struct {
			Shards map[string][]struct {
				Routing struct {
					Primary bool `json:"primary"`
				} `json:"routing"`
				SeqNo struct {
					Max int64 `json:"max_seq_no"`
				} `json:"seq_no"`
			} `json:"shards"`
		} `json:"indices"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, fmt.Errorf("count writes %s: read answer: %w", index, err)
	}
	out := map[string]int64{}
	for shard, copies := range a.Indices[index].Shards {
		for _, one := range copies {
			if one.Routing.Primary {
				out[shard] = one.SeqNo.Max
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("count writes %s: %w: no shard answers", index, evidence.ErrUnavailable)
	}
	return out, nil
}
