package crawler

import (
	"context"
	"log/slog"
	"maps"
	"net/http"

	"probity/pipeline/evidence"
)

// again is what the page of a request said last, where its source declares
// that it may be asked whether it still does, and the server gave a mark to
// know it by; else an exchange without a capture. What cannot be read costs
// the condition, not the visit, and a page that is tried again is asked for
// without: the archive may not have found what a 304 refers to.
func (v *Visitor) again(ctx context.Context, req *Request, src evidence.Source) evidence.Exchange {
	if v.Past == nil || src.Revisit == nil || !src.Revisit.Conditional || req.Lead.Method != http.MethodGet || req.Render != nil || req.Attempt > 1 {
		return evidence.Exchange{}
	}
	past, err := v.Past.Last(ctx, req.Lead.Key())
	if err != nil {
		if evidence.Final(err) && ctx.Err() == nil {
			v.Log.DebugContext(ctx, "page is asked for without a condition", slog.String("url", req.Lead.URL), slog.Any("error", err))
		}
		return evidence.Exchange{}
	}
	req.ETag, req.Modified = past.Header.Get("ETag"), past.Header.Get("Last-Modified")
	if req.ETag == "" && req.Modified == "" || len(past.Raw) == 0 {
		req.ETag, req.Modified = "", ""
		return evidence.Exchange{}
	}
	return past
}

// unchanged makes of a 304 what it says: the page as it was, once more. The
// request and the head stay those of this exchange.
func unchanged(e, past evidence.Exchange) evidence.Exchange {
	if e.Capture.Status != http.StatusNotModified || past.Capture.ID == "" {
		return e
	}
	c, p := e.Capture, past.Capture
	c.Unchanged, c.Status, c.Type, c.Location = p.ID, p.Status, p.Type, p.Location
	c.Payload, c.Size, c.Charset, c.Media = p.Payload, p.Size, p.Charset, p.Media
	c.Content = evidence.ContentID(c)
	e.Capture, e.Raw, e.Body = c, past.Raw, past.Body
	header := past.Header.Clone()
	maps.Copy(header, e.Header) // RFC 9111, 4.3.4
	e.Header = header
	return e
}
