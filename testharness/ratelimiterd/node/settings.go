package node

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/window"
)

// Settings are all that a node can be told. [Defaults] are the place to start.
type Settings struct {
	// Listen is the address to listen on, host:port; port 0 takes a free one.
	Listen string
	// Advertise is the address that is registered, host:port; "" is the address
	// listened on, with this machine's name where that is every address.
	Advertise string
	// NodeID names the node in the registry and the metrics.
	NodeID string
	// Redis is the URL of the Redis, see package redisurl. It may hold a password.
	Redis string
	// RedisCA is a PEM file of the authorities to trust with a rediss URL; "" is
	// the system's.
	RedisCA string

	// DefaultLimit and DefaultWindow are for keys and requests that name none.
	DefaultLimit  int64
	DefaultWindow time.Duration

	// RegistrationTTL is how long a node that died stays registered.
	RegistrationTTL time.Duration
	// Heartbeat is how often the registration is refreshed.
	Heartbeat time.Duration
	// RedisTimeout bounds what one request may spend on Redis.
	RedisTimeout time.Duration
	// ShutdownTimeout bounds the wait for requests in flight at the end.
	ShutdownTimeout time.Duration
	// FailOpen allows requests, uncounted, while Redis does not answer.
	FailOpen bool
	// ClockOffset is how far the node's clock is ahead of the true time, negative
	// where it is behind: scores, windows and the time of its registration are by
	// that clock. It is for showing what a wrong clock does.
	ClockOffset time.Duration

	// MetricsNodeLabel and MetricsKeyLabel put node_id and key on the metrics.
	MetricsNodeLabel bool
	MetricsKeyLabel  bool
	// MetricsMaxKeys is how many keys get series of their own.
	MetricsMaxKeys int

	// LogLevel is the least level that is logged, LogFormat is text or json.
	LogLevel  slog.Level
	LogFormat string
}

// Defaults returns the settings of a node that is told nothing.
func Defaults() Settings {
	return Settings{
		Listen:           ":8080",
		NodeID:           defaultID(),
		Redis:            "redis://127.0.0.1:6379/0",
		DefaultLimit:     100,
		DefaultWindow:    time.Minute,
		RegistrationTTL:  30 * time.Second,
		Heartbeat:        10 * time.Second,
		RedisTimeout:     time.Second,
		ShutdownTimeout:  10 * time.Second,
		MetricsNodeLabel: true,
		MetricsKeyLabel:  true,
		MetricsMaxKeys:   1000,
		LogFormat:        "text",
	}
}

// defaultID is the name of this machine, which is enough where each machine, or
// container, has one node.
func defaultID() string {
	if name, err := os.Hostname(); err == nil && name != "" {
		return name
	}
	return "node"
}

// Validate returns everything that is wrong, each error naming its flag. What
// is wrong with the Redis URL beyond being empty shows when it is opened.
func (s Settings) Validate() error {
	var all []error
	wrong := func(flag, format string, args ...any) {
		all = append(all, fmt.Errorf("--"+flag+": "+format, args...))
	}
	address := func(flag, addr string) {
		if _, port, err := net.SplitHostPort(addr); err != nil || port == "" {
			wrong(flag, "%s is not an address, want HOST:PORT", failure.Quote(addr))
		}
	}
	positive := func(flag string, d time.Duration) {
		if d <= 0 {
			wrong(flag, "%s is too short, want more than 0", d)
		}
	}

	address(flagListen, s.Listen)
	if s.Advertise != "" {
		address(flagAdvertise, s.Advertise)
	}
	if !validID(s.NodeID) {
		wrong(flagNodeID, "%s is not an id, want 1 to %d printable characters", failure.Quote(s.NodeID), maxID)
	}
	if s.Redis == "" {
		wrong(flagRedis, "empty, want redis://HOST:PORT/DB")
	}
	if s.DefaultLimit < 0 || s.DefaultLimit > window.MaxLimit {
		wrong(flagDefaultLimit, "%d is out of range, want 0 to %d", s.DefaultLimit, window.MaxLimit)
	}
	if ms := s.DefaultWindow.Milliseconds(); ms < 1 || ms > window.MaxWindowMS {
		wrong(flagDefaultWindow, "%s is out of range, want 1ms to %s", s.DefaultWindow, window.MaxWindowMS*time.Millisecond)
	}
	positive(flagHeartbeat, s.Heartbeat)
	positive(flagRedisTimeout, s.RedisTimeout)
	positive(flagShutdownTimeout, s.ShutdownTimeout)
	if s.RegistrationTTL <= s.Heartbeat {
		wrong(flagRegistrationTTL, "%s would expire between two heartbeats, want more than --%s (%s)", s.RegistrationTTL, flagHeartbeat, s.Heartbeat)
	}
	if s.ClockOffset.Abs() > maxClockOffset {
		wrong(flagClockOffset, "%s is out of range, want %s at most, either way", s.ClockOffset, maxClockOffset)
	}
	if s.MetricsMaxKeys < 1 {
		wrong(flagMetricsMaxKeys, "%d is too few, want at least 1, or --%s=false", s.MetricsMaxKeys, flagMetricsKeyLabel)
	}
	if s.LogFormat != "text" && s.LogFormat != "json" {
		wrong(flagLogFormat, "%s is not a format, want text or json", failure.Quote(s.LogFormat))
	}
	return errors.Join(all...)
}

const maxID = 128

// maxClockOffset keeps every time within what the registry can write.
const maxClockOffset = 10 * 365 * 24 * time.Hour

// validID keeps out what would be a nuisance in labels, paths and terminals.
func validID(id string) bool {
	return id != "" && len(id) <= maxID && utf8.ValidString(id) &&
		!strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsPrint(r) })
}
