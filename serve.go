package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"probity/api"
	"probity/pipeline/flowmeter"
)

// serveHouse serves pages and API, and runs campaigns as they come due, until
// ctx ends. ready is told the address and the operator's token.
func (h *house) serveHouse(ctx context.Context, listen, token string, ready func(address, token string)) error {
	if token == "" {
		token = rand.Text()
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("serve: %w: is another server there? name another address with -set serve.listen=", err)
	}
	c := newConductor(h)
	conf := api.Config{Doors: h.doors(c), Token: token, Logger: h.log, Now: h.now, Hosts: h.config.Serve.Hosts}
	if w := h.vitals; w != nil {
		conf.Around = flowmeter.Requests(w.meter, w.trace)
	}
	handler, err := api.Handler(conf) //nolint:contextcheck // a handler takes its context from each request
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if h.vitals != nil {
		mux := http.NewServeMux()
		h.vitals.pulse.Routes(mux, false)
		mux.Handle("/", handler)
		handler = mux
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	if h.fleet == nil { // in a fleet the one who leads conducts
		g.Go(func() error { return c.conduct(ctx) })
	}
	g.Go(func() error {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := server.Shutdown(late); err != nil {
			return server.Close()
		}
		return nil
	})
	ready(listener.Addr().String(), token)
	return g.Wait()
}

// serve says where the demo is to be seen, and serves it until ctx ends.
func (d *demo) serve(ctx context.Context, r DemoReport) error {
	_, _ = fmt.Fprintf(d.sh.out, "\n%d 份存档 captures, %d 项事实 facts, %d 个主体 entities, 与真值的差异 differences to the ground truth: %d（%.1f s）\n",
		r.Captures, r.Facts, r.Entities, r.Differences.Count, r.Seconds)
	c := d.house.config.Serve
	return d.house.serveHouse(ctx, c.Listen, c.Token, func(address, token string) { invite(d.sh, address, token) })
}

// invite says where the pages are.
func invite(sh shell, address, token string) {
	_, _ = fmt.Fprintf(sh.out, "打开 open http://%s/?token=%s\n按 Ctrl-C 结束 ends it\n", address, token)
}
