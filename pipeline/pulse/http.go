package pulse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// A report is the body of an answer in JSON.
type report struct {
	Ready   bool     `json:"ready"`
	Missing []string `json:"missing"`
	Checks  []Answer `json:"checks"`
}

// Routes adds /healthz and /readyz to a mux. Errors are shown where open says
// so; elsewhere the names of what is missing.
func (p *Pulse) Routes(mux *http.ServeMux, open bool) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		head(w, "text/plain; charset=utf-8")
		err := p.Alive()
		switch {
		case err == nil:
			_, _ = io.WriteString(w, "alive\n")
			return
		case !open:
			err = errors.New("a loop stands still")
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = fmt.Fprintln(w, err)
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ready, answers := p.Ready(r.Context())
		p.say(w, r, ready, shown(answers, open))
	})
}

// shown leaves out what only operators may read.
func shown(answers []Answer, open bool) []Answer {
	out := append([]Answer{}, answers...)
	for i := range out {
		if !open {
			out[i].Error = ""
		}
	}
	return out
}

func (p *Pulse) say(w http.ResponseWriter, r *http.Request, ready bool, answers []Answer) {
	body := report{Ready: ready, Missing: []string{}, Checks: answers}
	for _, a := range answers {
		if !a.OK {
			body.Missing = append(body.Missing, a.Name)
		}
	}
	status := http.StatusOK
	if !ready {
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		head(w, "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
		return
	}
	head(w, "text/plain; charset=utf-8")
	w.WriteHeader(status)
	if ready {
		_, _ = io.WriteString(w, "ready\n")
		return
	}
	_, _ = fmt.Fprintf(w, "not ready: missing %s\n", strings.Join(body.Missing, ", "))
	for _, a := range answers {
		if a.Error != "" {
			_, _ = fmt.Fprintf(w, "%s: %s\n", a.Name, a.Error)
		}
	}
}

func head(w http.ResponseWriter, kind string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}

// Serve answers operators on an address of their own, with metrics at
// /metrics, until ctx ends. ready is told the address; it may be nil.
func (p *Pulse) Serve(ctx context.Context, address string, metrics http.Handler, ready func(address string)) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	p.Routes(mux, true)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("serve metrics: %w: name another address with -set metrics.listen=, or none", err)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if ready != nil {
		ready(listener.Addr().String())
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}
