package rest

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"probity/api/doors"
	"probity/api/problem"
	"probity/api/see"
	"probity/pipeline/evidence"
)

// ByID is asked for by its id.
type ByID struct {
	ID string `path:"id" maxLength:"200"`
}

func (r *rest) proof(api huma.API) {
	huma.Register(api, get("/facts/{id}", "get-fact", "evidence", "事项及其记录 a fact with the records that state it", 403, 404), r.fact)
	huma.Register(api, get("/records/{id}", "get-record", "evidence", "记录及其版本 a record with its versions", 403, 404), r.record)
	huma.Register(api, get("/captures/{id}", "get-capture", "evidence", "网页存档：信息与遮盖后的文字 a capture: metadata and masked text", 404), r.capture)
	huma.Register(api, get("/captures/{id}/passages", "list-passages", "evidence", "一段文字支撑着什么 what a passage bears on", 404), r.passages)
	original := get("/captures/{id}/original", "get-original", "evidence", "原始字节，凭令牌，会入账 original bytes; needs the token, leaves an entry", 401, 404)
	original.Security = []map[string][]string{{"operator": {}}}
	original.Responses = map[string]*huma.Response{"200": {
		Description: "原始字节 the bytes as they came",
		Content:     map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
	huma.Register(api, original, r.original)
	attached := get("/captures/{id}/attached/{kind}", "get-attachment", "evidence", "访问时由网页生成的附件（截图、运行脚本后的文档），凭令牌，会入账 what was made of a page while it was visited; needs the token, leaves an entry", 401, 404)
	attached.Security = original.Security
	attached.Responses = map[string]*huma.Response{"200": {
		Description: "附件 the attachment: a picture, or text",
		Content: map[string]*huma.MediaType{
			"image/png": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}, "image/jpeg": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
			"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}},
		},
	}}
	huma.Register(api, attached, r.attached)
}

// A FactWith is a fact with what states it.
type FactWith struct {
	Fact    FactOn         `json:"fact"`
	Entity  doors.Ref      `json:"entity"`
	Records []doors.Record `json:"records"`
}

func (r *rest) fact(ctx context.Context, in *struct {
	ByID
	Moment
},
) (*Of[FactWith], error) {
	when, err := in.when(r.Now())
	if err != nil {
		return nil, err
	}
	f, err := r.Doors.Evidence.Fact(ctx, in.ID, when)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	if !role(ctx).Fact(f.Fact, when.AsOf, r.today()) {
		return nil, problem.New("withheld", "")
	}
	return &Of[FactWith]{FactWith{FactOn{f.Fact, f.Fact.State(when.AsOf)}, f.Entity, f.Records}}, nil
}

func (r *rest) record(ctx context.Context, in *ByID) (*Of[doors.Record], error) {
	rec, err := r.Doors.Evidence.Record(ctx, in.ID)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	if !role(ctx).Any(rec.Facts) {
		return nil, problem.New("withheld", "")
	}
	return &Of[doors.Record]{rec}, nil
}

func (r *rest) capture(ctx context.Context, in *ByID) (*Of[doors.Capture], error) {
	c, err := r.Doors.Evidence.Capture(ctx, in.ID)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	if role(ctx) != see.Operator {
		marks, err := r.Doors.Evidence.Citing(ctx, c.Capture.Content, 0, 0)
		if err != nil {
			return nil, r.fault(ctx, err)
		}
		c.Text = role(ctx).Text(c.Text, marks)
	}
	return &Of[doors.Capture]{c}, nil
}

// Passages are what was read from a range of a content's text.
type Passages struct {
	Content  string       `json:"content"`
	Passages []doors.Mark `json:"passages"`
	Withheld int          `json:"withheld"`
}

func (r *rest) passages(ctx context.Context, in *struct {
	ByID
	Start int `query:"start" doc:"首字，自 0 first rune, from 0"`
	End   int `query:"end" doc:"末字之后；0 为全文 after the last rune; 0: the whole text"`
},
) (*Of[Passages], error) {
	if in.Start < 0 || in.End < 0 || in.End != 0 && in.End < in.Start {
		return nil, problem.Wrong("start", fmt.Sprintf("[%d,%d) 不是一段 is no range", in.Start, in.End))
	}
	c, err := r.Doors.Evidence.Capture(ctx, in.ID)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	all, err := r.Doors.Evidence.Citing(ctx, c.Capture.Content, in.Start, in.End)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	marks := role(ctx).Marks(all)
	return &Of[Passages]{Passages{c.Capture.Content, marks, len(all) - len(marks)}}, nil
}

// Bytes are original bytes.
type Bytes struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	CacheControl       string `header:"Cache-Control"`
	Digest             string `header:"Repr-Digest-Hex"`
	Body               []byte
}

func (r *rest) original(ctx context.Context, in *originalInput) (*Bytes, error) {
	if !role(ctx).May(see.OriginalBytes) {
		p := problem.New("token-needed", "")
		p.Header = http.Header{"Www-Authenticate": {`Bearer realm="probity"`}}
		return nil, p
	}
	x, err := doors.Open(ctx, r.Doors, doors.Access{Who: "operator", Capture: in.ID, From: in.from, Time: r.Now()})
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return &Bytes{
		ContentType: "application/octet-stream", ContentDisposition: `attachment; filename="` + x.Capture.ID + `.bin"`,
		CacheControl: "no-store", Digest: evidence.DigestBytes(x.Body), Body: x.Body,
	}, nil
}

type originalInput struct {
	ByID
	from string
}

// Resolve notes where the request came from.
func (in *originalInput) Resolve(ctx huma.Context) []error {
	in.from = ctx.RemoteAddr()
	return nil
}

type attachedInput struct {
	ByID
	Kind string `path:"kind" maxLength:"40" doc:"附件种类 dom: 脚本运行后的文档 the document after its scripts; screenshot: 全页截图 the whole page"`
	from string
}

// Resolve notes where the request came from.
func (in *attachedInput) Resolve(ctx huma.Context) []error {
	in.from = ctx.RemoteAddr()
	return nil
}

func (r *rest) attached(ctx context.Context, in *attachedInput) (*Bytes, error) {
	if !role(ctx).May(see.OriginalBytes) {
		p := problem.New("token-needed", "")
		p.Header = http.Header{"Www-Authenticate": {`Bearer realm="probity"`}}
		return nil, p
	}
	shown, body, err := doors.OpenAttached(ctx, r.Doors, doors.Access{Who: "operator", Capture: in.ID, From: in.from, Time: r.Now()}, in.Kind)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return &Bytes{
		ContentType: shown.Type, ContentDisposition: "inline", CacheControl: "no-store", Digest: evidence.DigestBytes(body), Body: body,
	}, nil
}
