package plugin

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// maxHandshake bounds the first line of standard output, in bytes. A handshake
// with a certificate has less than 1 KiB.
const maxHandshake = 16 << 10

// An opening takes standard output apart: the first line is go-plugin's, who
// looks for the handshake there and would stop reading at the first line that
// is too long for it, and everything after it goes to the log.
type opening struct {
	rest *lineWriter // used by the writer only

	mu    sync.Mutex
	first []byte
	read  int           // how much of it go-plugin has had
	ready chan struct{} // closed when the first line is complete
}

func newOpening(rest *lineWriter) *opening {
	return &opening{rest: rest, ready: make(chan struct{})}
}

// Write implements io.Writer. It never fails.
func (o *opening) Write(p []byte) (int, error) {
	n := len(p)
	if !o.complete() {
		p = o.take(p)
	}
	if len(p) > 0 {
		_, _ = o.rest.Write(p) // never fails
	}
	return n, nil
}

// take adds to the first line, and returns what comes after it.
func (o *opening) take(p []byte) (rest []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	line, rest, ended := bytes.Cut(p, []byte{'\n'})
	if room := maxHandshake - len(o.first); len(line) > room {
		line, rest, ended = p[:room], p[room:], true
	}
	o.first = append(o.first, line...)
	if ended {
		close(o.ready)
	}
	return rest
}

func (o *opening) complete() bool {
	select {
	case <-o.ready:
		return true
	default:
		return false
	}
}

// end says that nothing more is written.
func (o *opening) end() {
	o.rest.flush()
	if !o.complete() {
		close(o.ready)
	}
}

// Read implements io.Reader: it reads the first line, once that is complete.
func (o *opening) Read(p []byte) (int, error) {
	<-o.ready
	o.mu.Lock()
	defer o.mu.Unlock()
	n := copy(p, o.first[o.read:])
	o.read += n
	if o.read == len(o.first) {
		return n, io.EOF
	}
	return n, nil
}

// Close implements io.Closer. The pipe is not go-plugin's to close.
func (o *opening) Close() error { return nil }

// line returns what there is of the first line.
func (o *opening) line() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(string(o.first))
}

// handshakeError says what is wrong with the first line, where that is not
// what go-plugin has to say itself: that it is no handshake, or one without the
// certificate for mutual TLS. The form of it is in go-plugin's
// docs/guide-plugin-write-non-go.md.
func handshakeError(line string, mtls bool) error {
	if line == "" {
		return nil
	}
	parts := strings.Split(line, "|")
	if _, err := strconv.Atoi(parts[0]); err != nil || len(parts) < 4 {
		return fmt.Errorf("it does not begin with a handshake but with %q on standard output; is it a subject plugin, built for this machine?", clip(line, maxPrintable/2))
	}
	if mtls && (len(parts) < 6 || parts[5] == "") {
		return &protocol.Error{
			Code:    protocol.Unavailable,
			Message: "it does not offer mutual TLS; if it is in a language that cannot do that, start it without (mtls: false)",
		}
	}
	return nil
}
