package redis

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestGuardFollowsTheFraming(t *testing.T) {
	many := strings.Repeat("*1000000\r\n", 5)
	cases := map[string]struct {
		reason string
		answer string
		stops  string
	}{
		"Types":        {reason: "every type of RESP2", answer: "+OK\r\n-ERR x\r\n:12\r\n$5\r\nhello\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"},
		"BulkOfHeader": {reason: "a payload that looks like a header is none", answer: "$16\r\n$99999999999999\r\n\r\n+OK\r\n"},
		"Nested":       {reason: "arrays in arrays", answer: "*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"},
		"HugeBulk":     {reason: "announced, not sent", answer: "$268435457\r\n", stops: "announces a string"},
		"Overflow":     {reason: "a number that no integer holds", answer: "$99999999999999999999999999\r\n", stops: "announces a string"},
		"HugeArray":    {reason: "announced, not sent", answer: "*4194305\r\n", stops: "elements"},
		"HugeSet":      {reason: "no type of RESP3 is asked for, and it is read all the same", answer: "~4194305\r\n", stops: "elements"},
		"HugePush":     {reason: "likewise", answer: ">4194305\r\n", stops: "elements"},
		"HugeMap":      {reason: "of two answers each", answer: "%2097153\r\n", stops: "elements"},
		"HugeAttr":     {reason: "likewise", answer: "|2097153\r\n", stops: "elements"},
		"HugeVerbatim": {reason: "a string is a string", answer: "=268435457\r\n", stops: "announces a string"},
		"HugeError":    {reason: "a string is a string", answer: "!268435457\r\n", stops: "announces a string"},
		"Version3":     {reason: "every type of RESP3 that has a length", answer: "=5\r\ntxt:a\r\n!3\r\nERR\r\n~1\r\n:1\r\n>1\r\n+a\r\n%1\r\n+a\r\n$1\r\n*\r\n"},
		"Deep":         {reason: "lists in lists go down the reader's stack", answer: strings.Repeat("*1\r\n", maxDepthOfAnswer+1), stops: "lists in each other"},
		"DeepEnough":   {reason: "what is whole is left again", answer: strings.Repeat(strings.Repeat("*2\r\n:1\r\n", maxDepthOfAnswer)+":1\r\n", 3)},
		"Attributes":   {reason: "they are none of the list's elements", answer: strings.Repeat("*2\r\n|1\r\n+a\r\n*0\r\n:1\r\n$1\r\nx\r\n", 3*maxDepthOfAnswer)},
		"ManyArrays":   {reason: "each is small enough, all are not", answer: many, stops: "elements"},
		"Line":         {reason: "a line has an end", answer: ":" + strings.Repeat("1", maxHeaderBytes), stops: "a line"},
	}
	for name, tc := range cases {
		for _, size := range []int{1, 3, 1 << 20} {
			t.Run(fmt.Sprintf("%s/%d", name, size), func(t *testing.T) {
				var g guard
				var err error
				for rest := tc.answer; rest != "" && err == nil; {
					n := min(size, len(rest))
					err = g.check([]byte(rest[:n]))
					rest = rest[n:]
				}
				if (err != nil) != (tc.stops != "") || (err != nil && !strings.Contains(err.Error(), tc.stops)) {
					t.Errorf("%s: got %v, want %q", tc.reason, err, tc.stops)
				}
				if err == nil && (g.payload != 0 || g.header != 0 || g.depth != 0) {
					t.Errorf("%s: not at the end of an answer: %+v", tc.reason, g)
				}
			})
		}
	}
}

func TestGuardCountsPerAnswer(t *testing.T) {
	var g guard
	chunk := make([]byte, 1<<20)
	stopped := 0
	for i := range 1000 {
		if i%200 == 0 {
			g.reset() // five answers, each under the bound
		}
		g.payload = int64(len(chunk))
		if err := g.check(chunk); err != nil {
			stopped++
		}
	}
	if stopped > 0 {
		t.Errorf("stopped %d times", stopped)
	}
	g.reset()
	var err error
	for range maxAnswerBytes/len(chunk) + 1 {
		g.payload = int64(len(chunk))
		err = g.check(chunk)
	}
	if err == nil {
		t.Error("an answer over the bound was let through")
	}
}

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		if _, ok := c.now(); ok {
			t.Error("a clock that was never set tells the time")
		}
		redis := time.Now().Add(-time.Hour) // Redis's clock is an hour behind
		c.set(redis)
		time.Sleep(10 * time.Second)
		if now, ok := c.now(); !ok || now.Sub(redis) != 10*time.Second {
			t.Errorf("ten seconds later: %v, %v", now.Sub(redis), ok)
		}
		time.Sleep(clockTrust)
		if _, ok := c.now(); ok {
			t.Error("the clock is trusted for too long")
		}
		// The machine was suspended: the wall clock went on, the steady one did not.
		c.set(redis)
		c.local = c.local.Round(0).Add(-time.Minute)
		if now, ok := c.now(); ok {
			t.Errorf("after a suspension: %v", now)
		}
	})
}

func TestBoundsOfABatch(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		sizes  []int
		want   int
	}{
		"None":   {reason: "nothing to do"},
		"Few":    {reason: "all at once", sizes: []int{1, 2, 3}, want: 3},
		"Bytes":  {reason: "keys of 100 KiB go by twos", sizes: []int{100 << 10, 100 << 10, 100 << 10}, want: 2},
		"Single": {reason: "one key of a megabyte goes alone", sizes: []int{1 << 20, 1}, want: 1},
		"Keys":   {reason: "500 keys", sizes: make([]int, 501), want: 500},
	} {
		t.Run(name, func(t *testing.T) {
			var steps []step
			var probes []probe // whose names are sent three times
			for _, size := range tc.sizes {
				steps = append(steps, &typing{key: strings.Repeat("k", size)})
				probes = append(probes, probe{counter: Counter{Key: strings.Repeat("k", size/3)}})
			}
			batch, rest := cut(steps)
			if len(batch) != tc.want || len(batch)+len(rest) != len(tc.sizes) {
				t.Errorf("%s: %d and %d left, want %d", tc.reason, len(batch), len(rest), tc.want)
			}
			if n := sendable(probes); n != tc.want {
				t.Errorf("%s: %d probes can be sent, want %d", tc.reason, n, tc.want)
			}
		})
	}
}
