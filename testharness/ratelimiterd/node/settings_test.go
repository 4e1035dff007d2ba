package node_test

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/node"
)

func env(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}
}

func TestParse(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		env    map[string]string
		want   func(*node.Settings)
	}{
		"Nothing": {"The defaults are a node.", nil, nil, func(*node.Settings) {}},
		"Flags": {
			"Every setting has a flag.",
			[]string{
				"--listen=1.2.3.4:1", "--advertise=node:2", "--node-id=n", "--redis=redis://r:1/2", "--default-limit=5",
				"--default-window=2s", "--registration-ttl=9s", "--heartbeat=3s", "--redis-timeout=4s", "--shutdown-timeout=5s",
				"--fail-open", "--metrics-node-label=false", "--metrics-key-label=false", "--metrics-max-keys=7", "--log-level=debug", "--log-format=json",
				"--redis-ca=ca.pem", "--clock-offset=-90s",
			},
			nil,
			func(s *node.Settings) {
				*s = node.Settings{
					Listen: "1.2.3.4:1", Advertise: "node:2", NodeID: "n", Redis: "redis://r:1/2", DefaultLimit: 5, DefaultWindow: 2 * time.Second,
					RegistrationTTL: 9 * time.Second, Heartbeat: 3 * time.Second, RedisTimeout: 4 * time.Second, ShutdownTimeout: 5 * time.Second,
					FailOpen: true, MetricsMaxKeys: 7, LogLevel: slog.LevelDebug, LogFormat: "json",
					RedisCA: "ca.pem", ClockOffset: -90 * time.Second,
				}
			},
		},
		"Environment": {
			"Every flag has a variable.", nil,
			map[string]string{"RATELIMITERD_NODE_ID": "n", "RATELIMITERD_METRICS_KEY_LABEL": "false", "RATELIMITERD_DEFAULT_WINDOW": "5s"},
			func(s *node.Settings) { s.NodeID, s.MetricsKeyLabel, s.DefaultWindow = "n", false, 5*time.Second },
		},
		"FlagsWin": {
			"The command line is nearer than the environment.",
			[]string{"--node-id", "flag"},
			map[string]string{"RATELIMITERD_NODE_ID": "variable"},
			func(s *node.Settings) { s.NodeID = "flag" },
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			want := node.Defaults()
			tc.want(&want)
			got, err := node.Parse(tc.args, env(tc.env), io.Discard)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s\n%v (-want +got):\n%s", tc.reason, err, diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		env    map[string]string
		want   []string // each in the error
	}{
		"UnknownFlag":   {"A misspelt flag.", []string{"--lisen=:1"}, nil, []string{"-lisen"}},
		"Argument":      {"There is nothing to be said without a flag.", []string{"run\x1b[31m"}, nil, []string{`"run\x1b[31m"`}},
		"NotANumber":    {"The error names the flag.", []string{"--default-limit=many"}, nil, []string{"-default-limit", "many"}},
		"BadVariable":   {"Or the variable.", nil, map[string]string{"RATELIMITERD_HEARTBEAT": "often"}, []string{"RATELIMITERD_HEARTBEAT", "often"}},
		"Listen":        {"An address has a port.", []string{"--listen=localhost"}, nil, []string{"--listen", "HOST:PORT"}},
		"Advertise":     {"The same for the one that is registered.", []string{"--advertise=x"}, nil, []string{"--advertise"}},
		"NodeID":        {"An id is printable.", []string{"--node-id=a\nb"}, nil, []string{"--node-id", `"a\nb"`}},
		"EmptyNodeID":   {"And not empty.", []string{"--node-id="}, nil, []string{"--node-id"}},
		"LongNodeID":    {"And not endless.", []string{"--node-id=" + strings.Repeat("n", 129)}, nil, []string{"--node-id"}},
		"NoRedis":       {"There is no node without.", []string{"--redis="}, nil, []string{"--redis"}},
		"Limit":         {"A limit is not negative.", []string{"--default-limit=-1"}, nil, []string{"--default-limit", "-1"}},
		"Window":        {"Redis counts in milliseconds.", []string{"--default-window=1us"}, nil, []string{"--default-window"}},
		"Heartbeat":     {"A pause is positive.", []string{"--heartbeat=0s"}, nil, []string{"--heartbeat"}},
		"RedisTimeout":  {"So is a timeout.", []string{"--redis-timeout=-1s"}, nil, []string{"--redis-timeout"}},
		"Shutdown":      {"So is this.", []string{"--shutdown-timeout=0"}, nil, []string{"--shutdown-timeout"}},
		"TTL":           {"A registration outlives the pause between two heartbeats.", []string{"--registration-ttl=10s"}, nil, []string{"--registration-ttl", "--heartbeat (10s)"}},
		"MaxKeys":       {"To have no keys is another flag.", []string{"--metrics-max-keys=0"}, nil, []string{"--metrics-max-keys", "--metrics-key-label=false"}},
		"LogFormat":     {"Text or JSON.", []string{"--log-format=xml"}, nil, []string{"--log-format"}},
		"LogLevel":      {"One of four levels.", []string{"--log-level=loud"}, nil, []string{"-log-level"}},
		"AllAtOnce":     {"Everything that is wrong is told at once.", []string{"--listen=x", "--redis="}, map[string]string{"RATELIMITERD_FAIL_OPEN": "perhaps"}, []string{"--listen", "--redis", "RATELIMITERD_FAIL_OPEN"}},
		"EmptyVariable": {"A variable that is set is meant.", nil, map[string]string{"RATELIMITERD_REDIS": ""}, []string{"--redis"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := node.Parse(tc.args, env(tc.env), io.Discard)
			for _, want := range tc.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s\nerror = %v, want %q in it", tc.reason, err, want)
				}
			}
		})
	}
}

func TestHelpNamesEveryFlagAndVariable(t *testing.T) {
	var help strings.Builder
	_, err := node.Parse([]string{"--help"}, env(nil), &help)
	if !errors.Is(err, node.ErrHelp) {
		t.Errorf("error = %v, want ErrHelp", err)
	}
	for _, flag := range []string{
		"listen", "advertise", "node-id", "redis", "default-limit", "default-window", "registration-ttl", "heartbeat", "redis-timeout",
		"shutdown-timeout", "fail-open", "metrics-node-label", "metrics-key-label", "metrics-max-keys", "log-level", "log-format",
	} {
		variable := "[RATELIMITERD_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_")) + "]"
		if !strings.Contains(help.String(), "--"+flag+" ") || !strings.Contains(help.String(), variable) {
			t.Errorf("help does not tell of --%s and %s:\n%s", flag, variable, help.String())
		}
	}
}
