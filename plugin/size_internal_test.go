package plugin

import (
	"os"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestTakeSize(t *testing.T) {
	cases := map[string]struct {
		reason    string
		announced string
		want      int
	}{
		"Nothing":  {"The default is for hosts that say nothing.", "", MaxMessageBytes},
		"More":     {"What the host accepts.", "16777216", 16 << 20},
		"Largest":  {"Up to the most.", "67108864", LargestMessageBytes},
		"Larger":   {"A host does not accept that.", "67108865", MaxMessageBytes},
		"Less":     {"Nor less than the default.", "1", MaxMessageBytes},
		"Negative": {"Nor this.", "-1", MaxMessageBytes},
		"Word":     {"Nor what is no number.", "16MiB", MaxMessageBytes},
		"Zero":     {"Nor nothing.", "0", MaxMessageBytes},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv(sizeVariable, c.announced)
			if got := takeSize().bytes(); got != c.want {
				t.Errorf("%s: got %d, want %d", c.reason, got, c.want)
			}
			if left, ok := os.LookupEnv(sizeVariable); ok {
				t.Errorf("what the plugin starts gets to know %q", left)
			}
		})
	}
}

// A plugin in another language may send what it likes, and accept less.
func TestTooLarge(t *testing.T) {
	cases := map[string]struct {
		reason     string
		most       size
		said, want string
	}{
		"Default": {"It says what would allow it.", 0, "(4194305 vs. 4194304)", "answer is larger than a message across the boundary may be, which is 4194304 bytes; max_message allows"},
		"Allowed": {"What is allowed is a bound too.", 8 << 20, "(8388609 vs. 8388608)", "which is 8388608 bytes; max_message allows"},
		"Largest": {"Nothing would allow it.", LargestMessageBytes, "(67108865 vs. 67108864)", "which is 67108864 bytes"},
		"Request": {"The plugin accepts less.", 8 << 20, "(4194305 vs. 4194304)", "the plugin accepts no request of that size; it may know nothing of max_message: grpc: received message larger than max (4194305 vs. 4194304)"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := newRemote(nil, c.most).failed(t.Context(), "act", status.Error(codes.ResourceExhausted, "grpc: received message larger than max "+c.said))
			if !strings.Contains(e.Message, c.want) || c.most == LargestMessageBytes && strings.Contains(e.Message, "max_message") {
				t.Errorf("%s: got %s", c.reason, e.Message)
			}
		})
	}
}
