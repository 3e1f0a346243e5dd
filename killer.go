package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// killAt returns a mark that ends this process with SIGKILL at the n-th
// passage of a point: no deferred call runs, no buffer is written, as when
// the power fails.
func killAt(spec string) func(string) {
	point, count, _ := strings.Cut(spec, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		n = 1
	}
	var passed atomic.Int64
	return func(at string) {
		if at == point && passed.Add(1) == n {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way: nothing more may happen
		}
	}
}
