// Package problem turns what went wrong into what is answered: RFC 9457
// problems with stable type URIs, and the one table from the house's errors
// to HTTP status.
//
// A problem says what the asker should do next. It never carries the text of
// an unexpected fault, which is for the log; and its type never changes its
// meaning, since programs decide by it.
package problem

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"probity/pipeline/evidence"
)

// A Kind of problem. Its type URI is /problems/NAME.
type Kind struct {
	Name       string
	Status     int
	Zh, En     string // title
	DoZh, DoEn string // what to do
	of         error  // the house's error that it answers
}

// Kinds are all problems, in order of status.
func Kinds() []Kind {
	return []Kind{
		{"several-bearers", http.StatusMultipleChoices, "有多个同名主体", "several bearers", "从候选中按理由选一个，用其编号再问", "choose one of the candidates by its reason and ask again by id", nil},
		{"invalid", http.StatusBadRequest, "请求有误", "invalid request", "按 errors 所指改正后再问", "correct what errors names and ask again", evidence.ErrInvalid},
		{"token-needed", http.StatusUnauthorized, "需要运营者令牌", "operator's token needed", "以 Authorization: Bearer 携带令牌", "send the token as Authorization: Bearer", nil},
		{"forbidden", http.StatusForbidden, "不允许", "forbidden", "不必重试", "do not try again", evidence.ErrForbidden},
		{"withheld", http.StatusForbidden, "依法不再公示", "no longer published", "运营者可凭令牌查看", "operators may see it with their token", nil},
		{"not-found", http.StatusNotFound, "未找到", "not found", "检查编号或名称，或先检索", "check the id or name, or search first", evidence.ErrNotFound},
		{"method-not-allowed", http.StatusMethodNotAllowed, "方法不适用", "method not allowed", "见 OpenAPI 文档", "see the OpenAPI document", nil},
		{"not-acceptable", http.StatusNotAcceptable, "无法以此格式回答", "not acceptable", "请求 application/json", "accept application/json", nil},
		{"conflict", http.StatusConflict, "与当前状态冲突", "conflict", "重新读取后再决定", "read again, then decide", evidence.ErrConflict},
		{"too-large", http.StatusRequestEntityTooLarge, "请求过大", "too large", "减小后再试", "make it smaller", nil},
		{"uri-too-long", http.StatusRequestURITooLong, "网址过长", "URI too long", "减少条件", "use fewer conditions", nil},
		{"unsupported-media-type", http.StatusUnsupportedMediaType, "不支持的格式", "unsupported media type", "发送 application/json", "send application/json", nil},
		{"misdirected", http.StatusMisdirectedRequest, "主机名不是本站的", "not a name of this server", "用 localhost 或地址访问，或在设置里写明主机名", "ask localhost or an address, or name the host in the settings", nil},
		{"unprocessable", http.StatusUnprocessableEntity, "参数不合要求", "validation failed", "按 errors 所指改正", "correct what errors names", nil},
		{"fault", http.StatusInternalServerError, "内部故障", "internal fault", "稍后再试；附上 trace_id 报告", "try later; report it with the trace_id", nil},
		{"unavailable", http.StatusServiceUnavailable, "暂不可用", "unavailable", "按 Retry-After 稍后再试", "try again after Retry-After", evidence.ErrUnavailable},
		{"timeout", http.StatusGatewayTimeout, "超时", "timed out", "缩小范围后再试", "ask for less and try again", context.DeadlineExceeded},
	}
}

// Named returns the kind of that name; an unknown one is a fault.
func Named(name string) Kind {
	for _, k := range Kinds() {
		if k.Name == name {
			return k
		}
	}
	return Named("fault")
}

// ByStatus returns the first kind of a status; an unknown one is a fault.
func ByStatus(status int) Kind {
	for _, k := range Kinds() {
		if k.Status == status {
			return k
		}
	}
	return Named("fault")
}

// A Problem is RFC 9457's problem details.
//
//nolint:errname // RFC 9457 names it
type Problem struct {
	Type       string              `json:"type" doc:"stable URI of the kind of problem"`
	Title      string              `json:"title" doc:"in the language asked for"`
	Status     int                 `json:"status"`
	Detail     string              `json:"detail,omitempty"`
	Instance   string              `json:"instance,omitempty" doc:"what was asked for"`
	Errors     []Field             `json:"errors,omitempty" doc:"what is wrong with the request"`
	Candidates any                 `json:"candidates,omitempty" doc:"of several-bearers: whom the text might mean, and why"`
	TraceID    string              `json:"trace_id,omitempty" doc:"under which a fault is logged"`
	Header     map[string][]string `json:"-"`
	kind       Kind
}

// A Field says what is wrong with one part of the request.
type Field struct {
	Parameter string `json:"parameter,omitempty" doc:"query parameter, path part or body pointer"`
	Detail    string `json:"detail"`
}

// Problem returns a problem of the kind.
func (k Kind) Problem(detail string) *Problem { return New(k.Name, detail) }

// New returns a problem of a kind, titled in Chinese and English until Speak.
func New(name, detail string) *Problem {
	k := Named(name)
	return &Problem{Type: "/problems/" + k.Name, Title: k.Zh + " " + k.En, Status: k.Status, Detail: detail, kind: k}
}

// Wrong returns a problem with one parameter.
func Wrong(parameter, detail string) *Problem {
	p := New("invalid", parameter+": "+detail)
	p.Errors = []Field{{parameter, detail}}
	return p
}

// Of returns the problem that answers an error: the one table from errors to
// status. What is no error of the house is a fault, and its text stays here.
func Of(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	for _, k := range Kinds() {
		if k.of == nil || !errors.Is(err, k.of) {
			continue
		}
		p := New(k.Name, err.Error())
		if k.of == evidence.ErrUnavailable || k.of == context.DeadlineExceeded { //nolint:errorlint // the table's own
			p.Detail = "" // which store is away, and where it stands, is for /readyz and the log
		}
		if d, ok := evidence.Delay(err); ok {
			p.Header = map[string][]string{"Retry-After": {strconv.Itoa(int((d + time.Second - 1) / time.Second))}}
		}
		return p
	}
	return New("fault", "")
}

// Error makes a problem an error.
func (p *Problem) Error() string { return fmt.Sprintf("%s: %s", p.kind.En, p.Detail) }

// GetStatus is how the REST layer asks for the status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders is how it asks for headers.
func (p *Problem) GetHeaders() http.Header { return p.Header }

// ContentType is the media type of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Kind is what kind of problem it is.
func (p *Problem) Kind() Kind { return p.kind }

// Speak titles the problem in the asker's language.
func (p *Problem) Speak(acceptLanguage string) {
	p.Title = p.kind.Zh
	if English(acceptLanguage) {
		p.Title = p.kind.En
	}
}

// English reports whether an Accept-Language prefers English to Chinese.
func English(accept string) bool {
	best, english := 0.0, false
	for part := range strings.SplitSeq(accept, ",") {
		tag, params, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			if f, err := strconv.ParseFloat(v, 64); err == nil {
				q = f
			}
		}
		en, zh := strings.HasPrefix(tag, "en"), strings.HasPrefix(tag, "zh")
		if (en || zh) && q > best {
			best, english = q, en
		}
	}
	return english
}
