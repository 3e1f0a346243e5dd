package pulse

import (
	"context"
	"fmt"
	"sync"
	"time"

	"probity/pipeline/evidence"
)

// An Answer is what a dependency said.
type Answer struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"` // for operators
}

// Stopping is the name of what is missing in a process that was told to stop.
const Stopping = "stopping"

// Ready asks every dependency at once, each within its deadline, and says
// whether all answered. The answers stand in the order of the checks.
func (p *Pulse) Ready(ctx context.Context) (bool, []Answer) {
	p.mu.Lock()
	stopped := p.stopped
	p.mu.Unlock()
	answers := p.answers(ctx)
	if stopped {
		answers = append([]Answer{{Name: Stopping, Error: "told to stop"}}, answers...)
	}
	for _, a := range answers {
		if !a.OK {
			return false, answers
		}
	}
	return true, answers
}

// Watch asks every dependency again and again until ctx ends, so that metrics
// tell of them also where nobody asks.
func (p *Pulse) Watch(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		p.answers(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (p *Pulse) answers(ctx context.Context) []Answer {
	p.asking.Lock()
	defer p.asking.Unlock()
	if p.last != nil && p.o.Now().Sub(p.asked) < p.o.Fresh {
		return p.last
	}
	// Who asked may go away; the answer is for the next one too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.o.Deadline)
	defer cancel()
	answers := make([]Answer, len(p.o.Checks))
	var asking sync.WaitGroup
	for i, c := range p.o.Checks {
		asking.Go(func() {
			answers[i] = Answer{Name: c.Name, OK: true}
			err := within(ctx, c)
			if err != nil {
				answers[i] = Answer{Name: c.Name, Error: err.Error()}
			}
			p.o.Checked(c.Name, err)
		})
	}
	asking.Wait()
	p.last, p.asked = answers, p.o.Now()
	return answers
}

// within is a check's answer, or that none came in time: a client that does
// not mind its context keeps nobody waiting.
func within(ctx context.Context, c Check) error {
	answer := make(chan error, 1)
	go func() {
		defer func() {
			if fault := recover(); fault != nil {
				answer <- fmt.Errorf("check %s panicked: %v", c.Name, fault)
			}
		}()
		answer <- c.Ask(ctx)
	}()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: no answer in time", evidence.ErrUnavailable)
	}
}
