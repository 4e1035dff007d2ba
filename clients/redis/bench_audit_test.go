package redis_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// audit holds what a sweeper says of each counter against a plain pass of ZCARDs.
type audit struct {
	users  []int64          // by number, as last visited; unseen, if not
	others map[string]int64 // by user key
	errs   int

	compared, exact, differences int
	first                        string // of the differences
}

// unseen is no count that a counter can have.
const unseen = -1

func newAudit(n int) *audit {
	a := &audit{users: make([]int64, n), others: map[string]int64{}}
	for i := range a.users {
		a.users[i] = unseen
	}
	return a
}

// visit takes a counter as the sweeper has read it. All that is in a counter here
// is in force, so that ZCARD says the same.
func (a *audit) visit(c redis.Counter) {
	if c.Err != nil {
		a.errs++
		return
	}
	if text, ok := strings.CutPrefix(c.Key, "user-"); ok {
		if i, err := strconv.Atoi(text); err == nil && i >= 0 && i < len(a.users) {
			a.users[i] = c.InForce
			return
		}
	}
	if !c.Present {
		delete(a.others, c.Key)
		return
	}
	a.others[c.Key] = c.InForce
}

// pass has the sweeper take a full pass while writers run. What nobody wrote to
// must be what it was before and is after; what was written to, between the two.
func (a *audit) pass(b *testing.B, l *loaded, s *redis.Sweeper) {
	b.Helper()
	before := l.cards(b, l.n, user)
	stop := l.disturb(b)
	for {
		progress, err := s.Step(b.Context(), time.Hour, nil, a.visit)
		if err != nil {
			b.Fatal(err)
		}
		if progress.Complete || progress.Following {
			break
		}
	}
	stop()
	a.compare(before, l.cards(b, l.n, user))
	for key, n := range a.others {
		a.among(key, n, 0, 1)
	}
	a.judge(b, l)
}

// follow has the sweeper follow while writers run, and go on until it knows of
// nothing more to read. Then all of it must be as it is.
func (a *audit) follow(b *testing.B, l *loaded, s *redis.Sweeper) {
	b.Helper()
	stop := l.disturb(b)
	step := func() redis.Progress {
		progress, err := s.Step(b.Context(), time.Hour, nil, a.visit)
		if err != nil {
			b.Fatal(err)
		}
		if progress.Differences > 0 {
			b.Fatalf("the background verification found a difference: %+v", progress)
		}
		return progress
	}
	for range 20 {
		step()
	}
	stop()
	for end := time.Now().Add(time.Minute); ; {
		if progress := step(); progress.Following && progress.Behind == 0 {
			break
		} else if time.Now().After(end) {
			b.Fatalf("it does not catch up: %+v", progress)
		}
	}
	after := l.cards(b, l.n, user)
	a.compare(after, after)
	for i, n := range l.cards(b, others, func(i int) string { return "ratelimit:other-" + strconv.Itoa(i) }) {
		key := "other-" + strconv.Itoa(i)
		a.among(key, a.others[key], n, n)
		delete(a.others, key)
	}
	for key, n := range a.others {
		a.differ("%s holds %d, and nobody made it", key, n)
	}
	a.judge(b, l)
}

func (a *audit) compare(before, after []int64) {
	for i, n := range a.users {
		if before[i] == after[i] {
			a.exact++
		}
		a.among(user(i), n, before[i], after[i])
	}
}

func (a *audit) among(key string, n, least, most int64) {
	if a.compared++; n < least || n > most {
		a.differ("%s: %d in force, want %d to %d", key, n, least, most)
	}
}

func (a *audit) differ(format string, args ...any) {
	if a.differences++; a.differences == 1 {
		a.first = fmt.Sprintf(format, args...)
	}
}

// judge stops the benchmark if there was a difference, or nothing to compare: most
// counters are ones that nobody wrote to.
func (a *audit) judge(b *testing.B, l *loaded) {
	b.Helper()
	if a.differences > 0 || a.errs > 0 {
		b.Fatalf("%d of %d counters are not what ZCARD says, %d could not be read; the first: %s", a.differences, a.compared, a.errs, a.first)
	}
	if a.exact < l.n*9/10 {
		b.Fatalf("only %d of %d counters could be compared exactly", a.exact, l.n)
	}
}

// report reports how many were compared, and that there was no difference.
func (a *audit) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(a.compared), "compared")
	b.ReportMetric(float64(a.differences), "differences")
}

// cards is the plain pass: ZCARD of each of n keys, by nothing but their names.
func (l *loaded) cards(b *testing.B, n int, name func(int) string) []int64 {
	b.Helper()
	all := make([]int64, n)
	mine := make([][]int, len(l.masters))
	for i := range n {
		m := l.of(name(i))
		mine[m] = append(mine[m], i)
	}
	errs := make([]error, len(l.masters))
	var reading sync.WaitGroup
	for m, at := range l.masters {
		reading.Go(func() {
			t, err := dialPlain(b.Context(), at)
			if err != nil {
				errs[m] = err
				return
			}
			defer func() { _ = t.conn.Close() }()
			for ids := mine[m]; len(ids) > 0 && errs[m] == nil; {
				page := ids[:min(1000, len(ids))]
				ids = ids[len(page):]
				for _, i := range page {
					t.put("ZCARD", name(i))
				}
				for _, i := range page {
					answer, err := t.get()
					if err != nil {
						errs[m] = err
						return
					}
					all[i] = answer.n
				}
			}
		})
	}
	reading.Wait()
	for _, err := range errs {
		if err != nil {
			b.Fatalf("a plain pass: %v", err)
		}
	}
	return all
}
