package ratelimiter

import (
	"fmt"
	"slices"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

func TestTours(t *testing.T) {
	s := newSweeps()
	main, other := s.take(), s.take()
	if !main.main || other.main {
		t.Fatal("the first gets the main tour, who comes meanwhile one of his own")
	}
	s.giveBack(other)

	many := make([]string, maxWrong+1)
	for i := range many {
		many[i] = fmt.Sprintf("%04d", len(many)-i)
	}
	main.end(leg{}, many)
	if len(main.wrong) != maxWrong || !main.lost {
		t.Errorf("%d wrong, lost %t; want %d and that there were more", len(main.wrong), main.lost, maxWrong)
	}
	sweep := &redis.Sweep{}
	main.sweep = sweep
	s.giveBack(main)
	if main = s.take(); main.sweep != sweep {
		t.Error("a leg that was judged is not where the next one goes on")
	}
	main.end(leg{}, []string{"b", "a"})
	if !slices.Equal(main.wrong, []string{"a", "b"}) || !main.lost {
		t.Errorf("wrong %v, lost %t; want a, b, and the round still without a verdict", main.wrong, main.lost)
	}
	fresh := leg{}
	fresh.Fresh = true
	main.end(fresh, []string{"a"})
	if main.lost {
		t.Error("another round has begun, and is lost already")
	}
	s.giveBack(main)

	main = s.take()
	main.sweep = &redis.Sweep{}
	s.giveBack(main) // an observation that came to no judgement
	if main = s.take(); main.sweep != nil || !slices.Equal(main.wrong, []string{"a"}) {
		t.Errorf("tour %+v, want it to begin anew, and what was wrong to be looked after", main)
	}
}
