package redis

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// member is one master as a [Sweeper] knows it.
type member struct {
	master master
	wiring wiring
	chains []*chain // of the pass under way
	given  *chain   // at its end from the beginning: it reads keys that are given
	verify *chain   // the background verification
	total  *int64   // DBSIZE; nil until the master has told
	met    bool     // what follows is known
	run    string   // the run that the cursors belong to; "" where it does not tell
	one    string   // why it is walked by one chain

	untyped bool // SCAN knows no TYPE
	tracker *tracker
}

func (m *member) close() {
	for _, ch := range m.chains {
		ch.drop()
	}
	m.given.drop()
	m.verify.drop()
	m.tracker.close()
}

// line does round trips to a master over a wire that is made when it is needed.
type line struct {
	member  *member
	wire    *wire
	answers []value
}

// errRestarted is the cause of errors about a server that is not the one it was,
// be it that the Sentinels name another: its tables have another order, so cursors
// mean nothing any more, and it has told of no changes.
var errRestarted = errors.New("the server was restarted, or is another")

// trip sends what put adds to a pipeline and returns the answers, which are good
// until the next trip. A wire that died while it was idle is replaced.
func (l *line) trip(ctx context.Context, c *Client, op string, put func(out []byte) ([]byte, int)) ([]value, error) {
	for {
		x, fresh, err := l.connected(ctx, c, op)
		if err != nil {
			return nil, err
		}
		var n int
		x.out, n = put(x.out)
		buffer := l.answers
		l.wire, l.answers = nil, nil // a call that is left behind may go on with them
		answers, err := askAt(ctx, c, op, l.member.master.addr, func(ctx context.Context) ([]value, error) {
			return x.exchange(ctx, n, buffer)
		})
		if err == nil {
			l.wire, l.answers = x, answers
			return answers, nil
		}
		x.close()
		if fresh || failure.ClassOf(err) != failure.Unreachable || ctx.Err() != nil {
			return nil, err
		}
	}
}

// connected returns the wire there is, or a fresh one.
func (l *line) connected(ctx context.Context, c *Client, op string) (x *wire, fresh bool, err error) {
	most := l.member.wiring.options.ConnMaxLifetime
	if l.wire != nil && (most <= 0 || time.Since(l.wire.born) < most) && l.wire.id.run == l.member.run {
		return l.wire, false, nil
	}
	l.drop()
	x, err = l.member.dial(ctx, c, op, 2)
	if err != nil {
		return nil, true, err
	}
	if x.id.run != l.member.run && l.member.run != "" {
		x.close()
		return nil, true, c.fail(op, l.member.master.addr, errRestarted)
	}
	l.wire = x
	return x, true, nil
}

func (l *line) drop() {
	l.wire.close()
	l.wire = nil
}

// dial makes a wire within the client's bounds. One that comes too late closes
// itself.
func (m *member) dial(ctx context.Context, c *Client, op string, protocol int) (*wire, error) {
	return askAt(ctx, c, op, m.master.addr, func(ctx context.Context) (*wire, error) {
		x, err := m.wiring.dial(ctx, protocol)
		if err == nil && ctx.Err() != nil {
			x.close()
			return nil, ctx.Err()
		}
		return x, err
	})
}

// meet learns what the master is before a pass is begun.
func (m *member) meet(ctx context.Context, c *Client) error {
	if m.given.line.wire == nil {
		m.run = ""
	}
	x, _, err := m.given.line.connected(ctx, c, "INFO server")
	if err != nil {
		return err
	}
	m.met, m.run = true, x.id.run
	if m.one != errNotSplit.Error() {
		m.one = x.id.splits()
	}
	return nil
}

// forget has the master be met anew.
func (m *member) forget() {
	m.given.drop()
	m.met = false
}

// adopt brings the members in line with the masters there are, ordered by
// address. changed says that they are others than before.
func (s *Sweeper) adopt(ctx context.Context) (all []*member, changed bool, err error) {
	masters, err := s.client.masters(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, found := range masters {
		m := s.members[found.addr]
		if m == nil {
			w, err := s.client.wiring(found.rdb)
			if err != nil {
				return nil, false, err
			}
			m, changed = &member{wiring: w}, true
			m.given, m.verify = newChain(m, part{}), newChain(m, part{})
			m.given.atEnd = true
			m.given.card, m.verify.card = true, true
			s.members[found.addr] = m
		}
		m.master = found
		all = append(all, m)
	}
	for addr, m := range s.members {
		if !slices.Contains(all, m) {
			m.close()
			delete(s.members, addr)
			changed = true
		}
	}
	return all, changed, nil
}
