package frontiertest

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// A judge takes down what a sentence finds wrong. By the clock of a server, on
// a machine that is busy, a test may come too late to see that something was
// not yet due: that says nothing about the frontier.
type judge struct {
	*testing.T
	mu      sync.Mutex
	faults  []string
	began   time.Time
	planned time.Duration // that the sentence meant to let go by
}

// tries of a sentence that came too late each time.
const tries = 5

// hold holds a sentence against a backend.
func hold(t *testing.T, b Bench, test func(*judge)) {
	t.Helper()
	for try := 1; ; try++ {
		j := &judge{T: t, began: time.Now()}
		over := make(chan struct{})
		go func() { // of its own, since what is fatal ends it
			defer close(over)
			test(j)
		}()
		<-over
		late := time.Since(j.began) - j.planned
		if len(j.faults) == 0 {
			return
		}
		if b.Real && late > b.Unit/4 && try < tries {
			t.Logf("came %s too late, once more: %v", late, j.faults)
			continue
		}
		for _, f := range j.faults {
			t.Error(f)
		}
		return
	}
}

func (j *judge) spent(d time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.planned += d
}

func (j *judge) fault(words string) {
	_, file, line, ok := runtime.Caller(2)
	j.mu.Lock()
	defer j.mu.Unlock()
	if ok {
		words = fmt.Sprintf("%s:%d: %s", file, line, words)
	}
	j.faults = append(j.faults, words)
}

// Errorf notes a fault.
func (j *judge) Errorf(format string, args ...any) { j.fault(fmt.Sprintf(format, args...)) }

// Error notes a fault.
func (j *judge) Error(args ...any) { j.fault(fmt.Sprint(args...)) }

// Fatalf notes a fault and ends the sentence.
func (j *judge) Fatalf(format string, args ...any) {
	j.fault(fmt.Sprintf(format, args...))
	runtime.Goexit()
}

// Fatal notes a fault and ends the sentence.
func (j *judge) Fatal(args ...any) {
	j.fault(fmt.Sprint(args...))
	runtime.Goexit()
}

// Failed reports whether a fault was noted.
func (j *judge) Failed() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.faults) > 0
}
