package endpoints_test

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

func TestShort(t *testing.T) {
	text := func(body []byte) (string, error) { return string(body), nil }
	cases := map[string]struct {
		reason, body string
		good         bool
	}{
		"AtTheLimit": {reason: "as long as it may be", body: "four", good: true},
		"Longer":     {reason: "one byte too many", body: "fifth"},
		"Endless":    {reason: "what is too long is not read to its end", body: strings.Repeat("x", 1<<20)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rest := strings.NewReader(tc.body)
			got, err := endpoints.Short(4, text)(iotest.OneByteReader(rest))
			if (err == nil) != tc.good || err == nil && got != tc.body {
				t.Errorf("%s: %q, %v", tc.reason, got, err)
			}
			if read := len(tc.body) - rest.Len(); read > 5 {
				t.Errorf("%s: %d bytes were read", tc.reason, read)
			}
		})
	}
}
