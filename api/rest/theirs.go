package rest

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"probity/api/problem"
)

// ours makes a problem of the house of what the layer below found wrong with a
// request: in both languages, and with nothing of its own workings.
func (r *rest) ours(ctx huma.Context, m *huma.ErrorModel) *problem.Problem {
	p := problem.Named(problem.ByStatus(m.Status).Name).Problem("见 errors see errors")
	if p.Status == http.StatusInternalServerError {
		r.Logger.ErrorContext(ctx.Context(), "request failed", slog.String("path", ctx.URL().Path), slog.String("error", m.Error()), slog.Any("details", m.Errors))
		p.Detail = ""
		return p
	}
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, problem.Field{Parameter: strings.TrimPrefix(e.Location, "query."), Detail: worded(e.Message)})
	}
	if len(p.Errors) == 0 {
		p.Detail = worded(m.Detail)
	}
	return p
}

// worded is a complaint of the layer below, with Chinese before it.
func worded(message string) string {
	for _, w := range []struct{ begins, zh, en string }{
		{"expected length <= ", "至多 %s 字", "at most %s characters"},
		{"expected length >= ", "至少 %s 字", "at least %s characters"},
		{"expected number <= ", "至多 %s", "at most %s"},
		{"expected number >= ", "至少 %s", "at least %s"},
		{"expected array length <= ", "至多 %s 项", "at most %s items"},
		{"expected value to be one of ", "只能是 %s 之一", "must be one of %s"},
		{"expected number", "要数字%s", "want a number%s"},
		{"expected integer", "要整数%s", "want a whole number%s"},
		{"expected string", "要文字%s", "want text%s"},
		{"expected boolean", "要 true 或 false%s", "want true or false%s"},
		{"expected object", "要 JSON 对象%s", "want a JSON object%s"},
		{"unexpected property", "没有这个字段%s", "no such field%s"},
		{"invalid integer", "要整数%s", "want a whole number%s"},
		{"required query parameter is missing", "缺少此参数%s", "it is required%s"},
		{"request body is required", "缺少请求正文%s", "a body is required%s"},
		{"unknown content type", "请发送 JSON%s", "send JSON%s"},
	} {
		if rest, ok := strings.CutPrefix(message, w.begins); ok {
			return fmt.Sprintf(w.zh+" "+w.en, rest, rest)
		}
	}
	if name, ok := strings.CutPrefix(message, "expected required property "); ok {
		name = strings.TrimSuffix(name, " to be present")
		return fmt.Sprintf("缺少字段 %s the field %[1]s is required", name)
	}
	if strings.Contains(message, "JSON") || strings.Contains(message, "invalid character") || strings.Contains(message, "unexpected EOF") {
		return "不是有效的 JSON this is no valid JSON: " + message
	}
	return "不合要求 not as required: " + message
}
