package ratelimiter

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLoadStaysBelowEveryLimit(t *testing.T) {
	cases := map[string]struct {
		reason   string
		topology string
		load     string
		keys     int
		first    string
		rate     float64
		limit    int
	}{
		"Usual":      {"The usual load has every key at half of its limit.", `{}`, `null`, 60, "user:1", 50, 0},
		"True":       {"So does one that is only asked for.", `{}`, `true`, 60, "user:1", 50, 0},
		"Slow":       {"A slow one takes few keys.", `{}`, `{"rate": 5}`, 20, "user:1", 5, 0},
		"Faster":     {"A faster one takes more.", `{}`, `{"rate": 40}`, 48, "user:1", 40, 0},
		"Fast":       {"A fast one takes keys with limits of their own.", `{"nodes": 5}`, `{"rate": 1000}`, 30, "busy:4000:1", 1000, 4000},
		"HighLimit":  {"Where the default limit is high it needs none.", `{"default_limit": 10000}`, `{"rate": 1000}`, 20, "user:1", 1000, 0},
		"OwnLimit":   {"Who names a limit gets it.", `{}`, `{"rate": 20, "limit": 500}`, 30, "busy:500:1", 20, 500},
		"Named":      {"Who names keys means those, whatever comes of it.", `{}`, `{"rate": 100, "keys": ["a/b"]}`, 1, "a/b", 100, 0},
		"NamedOnly":  {"Named keys are brought to half of the limit.", `{}`, `{"keys": ["a", "b"]}`, 2, "a", 100.0 / 60, 0},
		"Numbered":   {"Keys may be so many.", `{}`, `{"keys": 6}`, 6, "user:1", 5, 0},
		"ShortWhile": {"The window counts.", `{"default_window": "10s"}`, `null`, 60, "user:1", 300, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			topology, err := parseTopology(json.RawMessage(tc.topology))
			if err != nil {
				t.Fatal(err)
			}
			load, err := parseLoad(json.RawMessage(tc.load))
			if err != nil {
				t.Fatal(err)
			}
			load.complete(topology)
			if len(load.Keys) != tc.keys || load.Keys[0] != tc.first || load.Rate != tc.rate || load.Limit != tc.limit {
				t.Errorf("%s\n%d keys from %q on at %g/s with limit %d, want %d from %q on at %g/s with %d", tc.reason,
					len(load.Keys), load.Keys[0], load.Rate, load.Limit, tc.keys, tc.first, tc.rate, tc.limit)
			}
			limit := max(load.Limit, topology.DefaultLimit)
			perKey := load.Rate / float64(len(load.Keys)) * time.Duration(topology.DefaultWindow).Seconds()
			if name != "Named" && perKey > float64(limit)/2+1 {
				t.Errorf("%s\n%g checks of each key in a window, of %d", tc.reason, perKey, limit)
			}
		})
	}
}

func TestNoLoad(t *testing.T) {
	if load, err := parseLoad(json.RawMessage(` false `)); load != nil || err != nil {
		t.Errorf("false = %+v, %v", load, err)
	}
	if _, err := parseLoad(json.RawMessage(`{"rat": 1}`)); err == nil {
		t.Error("a field that there is not passes")
	}
}

func TestParseTopology(t *testing.T) {
	cases := map[string]struct {
		reason string
		raw    string
		change func(*topology)
		wrong  bool
	}{
		"Nothing":  {"Everything has a default.", ``, func(*topology) {}, false},
		"Some":     {"What is said counts.", `{"nodes": 5, "registration_ttl": "900ms", "prometheus": false}`, func(w *topology) { w.Nodes, w.RegistrationTTL, w.Prometheus = 5, duration(900*time.Millisecond), false }, false},
		"Unknown":  {"A field that there is not is a mistake.", `{"node": 5}`, nil, true},
		"Duration": {"A duration has a unit.", `{"scrape_interval": "1"}`, nil, true},
		"NoTTL":    {"A registration has to live.", `{"registration_ttl": "0s"}`, nil, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parseTopology(json.RawMessage(tc.raw))
			if (err != nil) != tc.wrong {
				t.Fatalf("%s\nerror = %v", tc.reason, err)
			}
			if tc.wrong {
				return
			}
			want := defaultTopology()
			tc.change(&want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
