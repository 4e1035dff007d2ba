package node

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// The names of the flags. That of the environment variable behind a flag is
// EnvPrefix and the flag's name in capitals, "-" as "_".
const (
	flagListen          = "listen"
	flagAdvertise       = "advertise"
	flagNodeID          = "node-id"
	flagRedis           = "redis"
	flagRedisCA         = "redis-ca"
	flagDefaultLimit    = "default-limit"
	flagDefaultWindow   = "default-window"
	flagRegistrationTTL = "registration-ttl"
	flagHeartbeat       = "heartbeat"
	flagRedisTimeout    = "redis-timeout"
	flagShutdownTimeout = "shutdown-timeout"
	flagFailOpen        = "fail-open"
	flagClockOffset     = "clock-offset"
	flagMetricsNode     = "metrics-node-label"
	flagMetricsKeyLabel = "metrics-key-label"
	flagMetricsMaxKeys  = "metrics-max-keys"
	flagLogLevel        = "log-level"
	flagLogFormat       = "log-format"
)

// EnvPrefix begins the name of every environment variable that is a setting.
const EnvPrefix = "RATELIMITERD_"

// ErrHelp is returned by [Parse] where help was asked for and written.
var ErrHelp = flag.ErrHelp

// Parse takes the settings from the command line (without the program's name)
// and from the environment, of which a flag overrides its variable, and
// validates them. Help goes to help. The error names the flag or variable; it
// never shows the Redis URL.
func Parse(args []string, lookup func(string) (string, bool), help io.Writer) (Settings, error) {
	s := Defaults()
	flags := define(&s)
	flags.SetOutput(io.Discard)
	flags.Usage = func() { usage(flags, help) }

	var wrong []error
	flags.VisitAll(func(f *flag.Flag) {
		name := envName(f.Name)
		if value, ok := lookup(name); ok {
			if err := flags.Set(f.Name, value); err != nil {
				wrong = append(wrong, fmt.Errorf("%s=%s: %w", name, failure.Quote(value), err))
			}
		}
	})
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return s, err
		}
		return s, errors.Join(append(wrong, errors.New(failure.Line(err.Error())))...)
	}
	if flags.NArg() > 0 {
		wrong = append(wrong, fmt.Errorf("%s is not a flag; there are no other arguments", failure.Quote(flags.Arg(0))))
	}
	return s, errors.Join(append(wrong, s.Validate())...)
}

func define(s *Settings) *flag.FlagSet {
	f := flag.NewFlagSet("ratelimiterd", flag.ContinueOnError)
	f.StringVar(&s.Listen, flagListen, s.Listen, "the `address` to listen on, HOST:PORT; port 0 takes a free one")
	f.StringVar(&s.Advertise, flagAdvertise, s.Advertise, "the `address` to register, HOST:PORT (default: the one listened on)")
	f.StringVar(&s.NodeID, flagNodeID, s.NodeID, "the `id` of this node in the registry and the metrics")
	f.StringVar(&s.Redis, flagRedis, s.Redis, "the `URL` of the Redis that all nodes share; with ?master_name=NAME the host is a Sentinel, with ?cluster=true a node of a Cluster")
	f.StringVar(&s.RedisCA, flagRedisCA, s.RedisCA, "the `file` of the authorities, in PEM, to trust with a rediss URL (default: the system's)")
	f.Int64Var(&s.DefaultLimit, flagDefaultLimit, s.DefaultLimit, "the `number` of requests per window where neither key nor request name one")
	f.DurationVar(&s.DefaultWindow, flagDefaultWindow, s.DefaultWindow, "the window as a `duration` where neither key nor request name one")
	f.DurationVar(&s.RegistrationTTL, flagRegistrationTTL, s.RegistrationTTL, "the `duration` for which a dead node stays registered")
	f.DurationVar(&s.Heartbeat, flagHeartbeat, s.Heartbeat, "the `duration` after which the registration is refreshed")
	f.DurationVar(&s.RedisTimeout, flagRedisTimeout, s.RedisTimeout, "the `duration` that a request may wait for Redis in all")
	f.DurationVar(&s.ShutdownTimeout, flagShutdownTimeout, s.ShutdownTimeout, "the `duration` to wait for requests in flight before ending")
	f.BoolVar(&s.FailOpen, flagFailOpen, s.FailOpen, "allow requests, uncounted, while Redis does not answer")
	f.DurationVar(&s.ClockOffset, flagClockOffset, s.ClockOffset, "the `duration` by which this node's clock is ahead, negative where it is behind; for tests of wrong clocks")
	f.BoolVar(&s.MetricsNodeLabel, flagMetricsNode, s.MetricsNodeLabel, "label the metrics with node_id")
	f.BoolVar(&s.MetricsKeyLabel, flagMetricsKeyLabel, s.MetricsKeyLabel, "label the counter of checks with key")
	f.IntVar(&s.MetricsMaxKeys, flagMetricsMaxKeys, s.MetricsMaxKeys, "the `number` of keys with series of their own")
	f.TextVar(&s.LogLevel, flagLogLevel, s.LogLevel, "the least `level` to log: debug, info, warn or error")
	f.StringVar(&s.LogFormat, flagLogFormat, s.LogFormat, "the `format` of the log on standard error: text or json")
	return f
}

func usage(flags *flag.FlagSet, w io.Writer) {
	var b strings.Builder
	b.WriteString("ratelimiterd is one node of a distributed rate limiter.\n\n" +
		"It counts in Redis, so any number of nodes that share one limit together.\n" +
		"POST /check asks; /api/... manages; /health and /metrics are for machines.\n\n" +
		"Usage: ratelimiterd [flags]\n\n" +
		"Each flag can be set by the environment variable in brackets instead.\n\n")
	flags.VisitAll(func(f *flag.Flag) {
		unit, text := flag.UnquoteUsage(f)
		fmt.Fprintf(&b, "  --%s", f.Name)
		if unit != "" {
			fmt.Fprintf(&b, " %s", strings.ToUpper(unit))
		}
		fmt.Fprintf(&b, "  [%s]\n        %s", envName(f.Name), text)
		if f.DefValue != "" {
			fmt.Fprintf(&b, " (default %s)", f.DefValue)
		}
		b.WriteString("\n")
	})
	_, _ = io.WriteString(w, b.String())
}

func envName(flag string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
