package collyfetch

import (
	"net"
	"testing"
	"time"

	"probity/pipeline/evidence"
)

// net/http goes on dialling when a request is over; a server that takes the
// connection and never shakes hands must not hold it for ever.
func TestAConnectionWhereNobodyShakesHandsIsLetGo(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	gone := make(chan struct{})
	go func() {
		c, err := l.Accept()
		for buf := make([]byte, 4096); err == nil; {
			_, err = c.Read(buf)
		}
		close(gone)
	}()
	f := open(t, Options{Pins: []Pin{{Host: "site.example", Address: at(t, l.Addr().String())}}})
	r := get("https://site.example/")
	r.Timeout = 50 * time.Millisecond
	fails(t, f, r, "timeout", evidence.ErrUnavailable)
	select {
	case <-gone:
	case <-time.After(time.Second):
		t.Error("the connection is held a second after the deadline")
	}
}
