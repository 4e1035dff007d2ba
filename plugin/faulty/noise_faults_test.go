//go:build linux

package faulty_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// noiseFaults are what is written where nobody should write that. The calls of
// such a plugin succeed.
func noiseFaults() map[string]fault {
	noise := func(reason string, do func()) fault {
		var once sync.Once
		return loud(fault{reason: reason, run: inTank(observing(func() { once.Do(do) })), at: nowhere})
	}
	some := func(size int, w func() io.Writer, text string, times int) func() {
		if raceEnabled { // which takes its time over every byte
			size /= 8
		}
		return func() {
			piece := strings.Repeat(text, times)
			for n := 0; n < size; n += len(piece) {
				_, _ = io.WriteString(w(), piece)
			}
		}
	}
	flood := func(w func() io.Writer, text string, times int) func() { return some(flooded, w, text, times) }
	line := strings.Repeat("x", 99) + "\n"
	err := func() io.Writer { return stderrBefore }
	out := func() io.Writer { return stdoutBefore }
	replaced := func() io.Writer { return os.Stdout }
	return map[string]fault{
		"stderr_lines":       noise("More lines than a log wants.", flood(err, line, 1000)),
		"stderr_short_lines": noise("And as many as can be.", some(flooded/10, err, "x\n", 50_000)),
		"stderr_one_line":    noise("A line without an end.", flood(err, "x", 1<<16)),
		"stderr_number":      noise("A message that is a number.", flood(err, `{"@message":5}`+"\n", 1000)),
		"stderr_records":     noise("Records of many fields.", flood(err, `{"@message":"m"`+strings.Repeat(`,"k":{"a":[1,2]}`, 1000)+"}\n", 1)),
		"stderr_escapes":     noise("What a terminal obeys.", flood(err, "\x1b[2J\x1b]0;owned\a\x9b31m\u202e\r\n", 1000)),
		"stderr_zeros":       noise("Zeros.", flood(err, "\x00", 1<<16)),
		"stderr_logger": noise("The logger that plugins are given.", func() {
			for range 50_000 {
				plugin.Logger().Error("water", "water", strings.Repeat("w", 300))
			}
		}),
		"stdout_lines":    noise("Nothing belongs there after the handshake.", flood(out, line, 1000)),
		"stdout_one_line": noise("Nor anything without an end.", flood(out, "x", 1<<16)),
		"stdout_printed":  noise("What a library prints comes over the connection.", flood(replaced, line, 10)),
	}
}

// losesConnection closes the connections under a call.
func losesConnection(method string) func() int {
	return func() int {
		var mu sync.Mutex
		var conns []net.Conn
		w := &wire{faults: map[string]answer{method: func(c *wireCall) error {
			if method == "Act" && c.isDryRun() {
				return c.honestly()
			}
			mu.Lock()
			defer mu.Unlock()
			for _, conn := range conns {
				_ = conn.Close()
			}
			return nil
		}}}
		w.accepted = func(conn net.Conn) {
			mu.Lock()
			defer mu.Unlock()
			conns = append(conns, conn)
		}
		return serveWire(w, true)
	}
}

// A noting listener tells of each connection.
type noting struct {
	net.Listener

	accepted func(net.Conn)
}

// Accept implements net.Listener.
func (n noting) Accept() (net.Conn, error) {
	conn, err := n.Listener.Accept()
	if err != nil {
		return nil, fmt.Errorf("accept: %w", err)
	}
	if n.accepted != nil {
		n.accepted(conn)
	}
	return conn, nil
}
