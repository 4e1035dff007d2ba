package supervisor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Whatever dies and is reloaded meanwhile, and however often an action is
// repeated, no two processes are sent it.
func TestNoTwoProcessesAreSentTheSame(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			chance := rand.New(rand.NewPCG(seed, 0))
			var mu sync.Mutex // guards chance
			random := func(n int) int {
				mu.Lock()
				defer mu.Unlock()
				return chance.IntN(n)
			}
			s, st, _ := begin(t, Options{Spec: Spec{Budget: Budget{Max: 1000}, Timeout: 200 * time.Millisecond}}, fakeScript{
				act: func(_ context.Context, p *fakeProcess, _ protocol.Action) (protocol.Outcome, error) {
					select {
					case <-time.After(time.Duration(random(300)) * time.Millisecond):
						return protocol.Outcome{Status: protocol.OutcomeAccepted}, nil
					case <-p.done:
						return protocol.Outcome{}, p.gone(protocol.EffectUnknown)
					}
				},
			})
			ctx, stop := context.WithCancel(t.Context())
			var trouble, actors sync.WaitGroup
			trouble.Go(func() {
				for sleep(ctx, time.Duration(random(400))*time.Millisecond) {
					st.mu.Lock()
					last := st.processes[len(st.processes)-1]
					st.mu.Unlock()
					last.die("by chance")
				}
			})
			trouble.Go(func() {
				for sleep(ctx, time.Duration(random(700))*time.Millisecond) {
					_ = s.Reload(ctx, s.Spec())
				}
			})
			for n := range 6 {
				actors.Go(func() {
					for i := range 60 {
						bound, cancel := context.WithTimeout(ctx, time.Duration(50+random(500))*time.Millisecond)
						_, _ = s.Act(bound, protocol.Action{Name: "mend", ID: fmt.Sprint((i + n) / 3)})
						cancel()
					}
				})
			}
			actors.Wait()
			stop()
			trouble.Wait()

			sentTo := make(map[string]int)
			sent := 0
			for _, p := range st.processes {
				for _, id := range p.acts {
					if first, ok := sentTo[id]; ok && first != p.pid {
						t.Errorf("seed %d: %s was sent to process %d and then to %d", seed, id, first, p.pid)
					}
					sentTo[id] = p.pid
					sent++
				}
			}
			if len(st.processes) < 10 || sent < 20 {
				t.Errorf("seed %d: too little happened: %d processes, %d actions", seed, len(st.processes), sent)
			}
		})
	}
}
