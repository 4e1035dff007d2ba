package host

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

const (
	sumA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	// sumDigits is a number to YAML, and sumFloat one that JSON cannot hold.
	sumDigits = "0123456789012345678901234567890123456789012345678901234567890123"
	sumFloat  = "1234567890123456789012345678901234567890123456789012345678901e55"
)

func TestProcessFields(t *testing.T) {
	cases := map[string]struct {
		reason, in string
		want       Entry
	}{
		"none":      {"the defaults are the safe ones", "", Entry{}},
		"nothing":   {"a field without a value is one that is not there", "insecure:\n    mtls:\n    sha256:\n    limits:\n    restarts:", Entry{}},
		"insecure":  {"it has to be said", "insecure: true", Entry{Insecure: true}},
		"not":       {"it can be denied", "insecure: false\n    mtls: true", Entry{}},
		"variable":  {"only one machine may be insecure", "insecure: ${INSECURE}\n    mtls: ${NOPE:-false}", Entry{Insecure: true, DisableMTLS: true}},
		"mtls":      {"the one who cannot do it says so", "mtls: false", Entry{DisableMTLS: true}},
		"sum":       {"in lower case, as sums are compared", "sha256: " + strings.ToUpper(sumA), Entry{SHA256: sumA}},
		"digits":    {"its digits are kept, though it looks like a number", "sha256: " + sumDigits, Entry{SHA256: sumDigits}},
		"float":     {"likewise", "sha256: " + sumFloat, Entry{SHA256: sumFloat}},
		"from":      {"it may be from the environment", "sha256: ${SUM}", Entry{SHA256: sumDigits}},
		"limits":    {"sizes have units", "limits: {memory: 512MiB, cpu: 1h}", Entry{Limits: plugin.Limits{MemoryBytes: 512 << 20, CPUTime: time.Hour}}},
		"kibibytes": {"of any size", "limits: {memory: 16384KiB}", Entry{Limits: plugin.Limits{MemoryBytes: 16 << 20}}},
		"gibibytes": {"of any size", "limits:\n      memory: 2GiB", Entry{Limits: plugin.Limits{MemoryBytes: 2 << 30}}},
		"bytes":     {"a number is one of bytes", "limits: {memory: 16777216}", Entry{Limits: plugin.Limits{MemoryBytes: 16 << 20}}},
		"text":      {"also as text", "limits: {memory: '16777216'}", Entry{Limits: plugin.Limits{MemoryBytes: 16 << 20}}},
		"one limit": {"each may be given alone", "limits: {cpu: 1s, memory: }", Entry{Limits: plugin.Limits{CPUTime: time.Second}}},
		"message":   {"more than the default may cross", "max_message: 16MiB", Entry{MaxMessage: 16 << 20}},
		"least":     {"the default is the least", "max_message: 4MiB", Entry{MaxMessage: plugin.MaxMessageBytes}},
		"largest":   {"a host has only so much memory", "max_message: 64MiB", Entry{MaxMessage: plugin.LargestMessageBytes}},
		"unset":     {"a field without a value is one that is not there", "max_message:", Entry{}},
		"restarts":  {"a budget of crashes", "restarts: {max: 3, within: 1m}", Entry{Restarts: Restarts{Max: 3, Within: time.Minute}}},
		"max alone": {"each may be given alone", "restarts: {max: 1000}", Entry{Restarts: Restarts{Max: 1000}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			config, wrong := parse(t, "subjects:\n  a:\n    plugin: x\n    "+c.in+"\n", "INSECURE=true", "SUM="+sumDigits)
			if wrong != "" {
				t.Fatal(wrong)
			}
			c.want.Name, c.want.Plugin, c.want.Interval, c.want.Timeout = "a", "x", DefaultInterval, DefaultTimeout
			if diff := cmp.Diff(c.want, config.Subjects[0], cmpopts.IgnoreUnexported(Entry{})); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestProcessFieldsFindWhatIsWrong(t *testing.T) {
	const at = "operator.yaml:4:5: subjects.a."
	cases := map[string]struct{ reason, in, want string }{
		"insecure text":  {"text is not true", `insecure: "true"`, at + `insecure: want true or false, not "true"`},
		"insecure yes":   {"nor is what YAML once took for it", `insecure: yes`, at + `insecure: want true or false, not "yes"`},
		"insecure 1":     {"nor a number", `insecure: 1`, at + `insecure: want true or false, not 1`},
		"mtls":           {"likewise", `mtls: {}`, at + `mtls: want true or false, not a mapping`},
		"sum short":      {"a cut checksum is none", "sha256: " + sumA[1:], at + `sha256: want a SHA-256 in 64 hexadecimal digits, not "` + sumA[1:] + `"`},
		"sum letters":    {"other letters are none of it", "sha256: g" + sumA[1:], at + `sha256: want a SHA-256 in 64 hexadecimal digits, not "g` + sumA[1:] + `"`},
		"sum list":       {"one platform, one checksum", "sha256: [" + sumA + "]", at + `sha256: want a SHA-256 in 64 hexadecimal digits, not a list`},
		"limits":         {"it is a section", `limits: 512MiB`, at + `limits: want a mapping of memory and cpu, not "512MiB"`},
		"limits field":   {"a typing error has a suggestion", `limits: {memry: 1GiB}`, "operator.yaml:4:14: subjects.a.limits.memry: unknown field; did you mean memory?; want one of memory, cpu"},
		"memory unit":    {"a unit nobody agrees upon", `limits: {memory: 512MB}`, "operator.yaml:4:14: subjects.a.limits.memory: want a size such as 512MiB or 2GiB, or a number of bytes, not \"512MB\""},
		"memory part":    {"no halves", `limits: {memory: 1.5}`, "operator.yaml:4:14: subjects.a.limits.memory: want a size such as 512MiB or 2GiB, or a number of bytes, not 1.5"},
		"memory less":    {"no less than none", `limits: {memory: -1}`, "operator.yaml:4:14: subjects.a.limits.memory: want a size such as 512MiB or 2GiB, or a number of bytes, not -1"},
		"memory boolean": {"nor a boolean", `limits: {memory: true}`, "operator.yaml:4:14: subjects.a.limits.memory: want a size such as 512MiB or 2GiB, or a number of bytes, not true"},
		"memory little":  {"a program needs some: the unit was forgotten", `limits: {memory: 512}`, "operator.yaml:4:14: subjects.a.limits.memory: want at least 16MiB, not 512"},
		"memory much":    {"no machine has it", `limits: {memory: 9999999999GiB}`, "operator.yaml:4:14: subjects.a.limits.memory: want a size that a machine can have, not \"9999999999GiB\""},
		"cpu":            {"it is a duration", `limits: {cpu: 2}`, "operator.yaml:4:14: subjects.a.limits.cpu: want a duration such as 500ms, 5s or 1m30s, not 2"},
		"cpu little":     {"the system counts seconds", `limits: {cpu: 500ms}`, "operator.yaml:4:14: subjects.a.limits.cpu: want at least 1s, not \"500ms\""},
		"restarts":       {"it is a section", `restarts: 5`, at + `restarts: want a mapping of max and within, not 5`},
		"restarts field": {"a typing error has a suggestion", `restarts: {withn: 5m}`, "operator.yaml:4:16: subjects.a.restarts.withn: unknown field; did you mean within?; want one of max, within"},
		"max zero":       {"none would be the default", `restarts: {max: 0}`, "operator.yaml:4:16: subjects.a.restarts.max: want a whole number from 1 to 1000, not 0"},
		"max much":       {"every crash is remembered", `restarts: {max: 1001}`, "operator.yaml:4:16: subjects.a.restarts.max: want a whole number from 1 to 1000, not 1001"},
		"max text":       {"it is a number", `restarts: {max: "5"}`, "operator.yaml:4:16: subjects.a.restarts.max: want a whole number from 1 to 1000, not \"5\""},
		"within":         {"a second is little enough", `restarts: {within: 1ms}`, "operator.yaml:4:16: subjects.a.restarts.within: want at least 1s, not \"1ms\""},
		"field":          {"a typing error has a suggestion", `insecur: true`, at + "insecur: unknown field; did you mean insecure?; want one of plugin, args, env, sha256, insecure, mtls, max_message, limits, restarts, interval, timeout, config"},
		"message less":   {"every subject may rely on the default", `max_message: 1MiB`, at + "max_message: want at least 4MiB, not \"1MiB\""},
		"message more":   {"a host has only so much memory", `max_message: 65MiB`, at + "max_message: want at most 64MiB, not \"65MiB\""},
		"message huge":   {"nor more than a number holds", `max_message: 9999999999GiB`, at + "max_message: want a size that a machine can have, not \"9999999999GiB\""},
		"secret":         {"what came from the environment is not shown", `limits: {memory: "${SECRET}"}`, "operator.yaml:4:14: subjects.a.limits.memory: want a size such as 512MiB or 2GiB, or a number of bytes, not the value from ${SECRET}"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, got := parse(t, "subjects:\n  a:\n    plugin: x\n    "+c.in+"\n", "SECRET=hunter2")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}
