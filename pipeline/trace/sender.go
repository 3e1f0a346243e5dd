package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	wire "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"probity/pipeline/evidence"
)

var _ otlptrace.Client = (*sender)(nil)

// A sender posts spans to a collector (OTLP 1.x, binary protobuf over HTTP).
type sender struct {
	url    string
	client *http.Client
	log    *slog.Logger
	wait   time.Duration // before the second try; doubled before the third
}

const tries = 3

func newSender(endpoint string, log *slog.Logger) (*sender, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("trace.endpoint: %w: want a URL as http://collector:4318", evidence.ErrInvalid)
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1/traces" // where OTLP says that traces go
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &sender{url: u.String(), client: &http.Client{Timeout: 10 * time.Second}, log: log, wait: time.Second}, nil
}

// Start implements otlptrace.Client.
func (s *sender) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (s *sender) Stop(context.Context) error {
	s.client.CloseIdleConnections()
	return nil
}

// UploadTraces implements otlptrace.Client. What cannot be sent is dropped
// with a line in the log: the library would only print it.
func (s *sender) UploadTraces(ctx context.Context, spans []*wire.ResourceSpans) error {
	// TracesData has the fields of the request that OTLP names.
	body, err := proto.Marshal(&wire.TracesData{ResourceSpans: spans})
	if err != nil {
		return fmt.Errorf("encode spans: %w", err)
	}
	for try, wait := 1, s.wait; ; try, wait = try+1, 2*wait {
		err := s.post(ctx, body)
		if err == nil {
			return nil
		}
		if try == tries || !errors.Is(err, evidence.ErrUnavailable) || !pause(ctx, wait) {
			s.log.WarnContext(ctx, "spans dropped", slog.Any("error", err), slog.Int("tries", try))
			return nil
		}
	}
}

func (s *sender) post(ctx context.Context, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("send spans: %w: %w", evidence.ErrInvalid, err)
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	answer, err := s.client.Do(r)
	if err != nil {
		return fmt.Errorf("send spans: %w: %w", evidence.ErrUnavailable, err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	if err := answer.Body.Close(); err != nil {
		return fmt.Errorf("send spans: %w", err)
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return fmt.Errorf("send spans: %w: %s", evidence.ErrUnavailable, answer.Status)
	}
	return fmt.Errorf("send spans: %w: %s", evidence.ErrInvalid, answer.Status)
}

// pause waits, and reports whether it was let.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
