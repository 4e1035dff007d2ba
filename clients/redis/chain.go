package redis

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// chain walks one part of one master by SCAN. The SCAN for a page shares its
// round trip with the reads of the page before.
type chain struct {
	line line
	part part

	begun  bool
	atEnd  bool
	cursor uint64
	batch  batch // found, still to be read
	card   bool  // read ZCARD too
	walked int64 // keys, about

	border border
}

func newChain(m *member, p part) *chain {
	return &chain{line: line{member: m}, part: p}
}

func (ch *chain) done() bool { return ch.atEnd && len(ch.batch.probes) == 0 }

func (ch *chain) drop() { ch.line.drop() }

// advance walks on until the part is done or time is up, and calls emit for each
// page of what was read. It does one round trip at least. What fails stays as it
// was, to be tried by the next call.
func (ch *chain) advance(ctx context.Context, s *Sweeper, r *run) error {
	most := ch.walked + int64(s.opts.Keys)/int64(len(ch.line.member.chains))
	for first := true; !ch.done() && (first || !r.late()); first = false {
		if s.opts.Keys > 0 && !first && !ch.atEnd && ch.walked >= most {
			return nil
		}
		if err := ch.page(ctx, s, r, int64(s.opts.Count), r.sweep); err != nil {
			return err
		}
	}
	return nil
}

// page does one round trip.
func (ch *chain) page(ctx context.Context, s *Sweeper, r *run, count int64, emit func([]Counter)) error {
	c, b := s.client, &ch.batch
	now, err := c.now(ctx)
	if err != nil {
		return err
	}
	b.keys, b.at, b.apart = c.keys, moment{now, r.window}, c.cluster != nil
	if !ch.begun {
		ch.cursor = ch.part.start
	}
	all := b.probes
	n := sendable(all)
	b.probes = all[:n:n]
	scans := !ch.atEnd && n == len(all)
	limits := b.readApart(ctx, c)
	answers, err := ch.line.trip(ctx, c, ch.op(c), func(out []byte) ([]byte, int) {
		commands := 0
		if scans {
			out = ch.appendScan(out, c.keys.pattern(), count)
			out = appendCommand(out, "DBSIZE")
			commands = 2
		}
		out, n := b.encode(out)
		return out, commands + n
	})
	own, limitsErr := limits()
	if err == nil {
		err = limitsErr
	}
	read := answers
	if err == nil && scans {
		err = answers[0].err()
		if m := ch.line.member; isSyntaxError(err) && !m.untyped {
			m.untyped = true // before Redis 6.0
			b.probes = all
			return nil
		}
		if err == nil {
			err = ch.check(&answers[0])
		}
		if err != nil {
			err = c.fail(ch.op(c), ch.line.member.master.addr, err)
		}
		read = answers[2:]
	}
	if err == nil {
		err = b.settle(c, ch.line.member.master.addr, read)
	}
	if err != nil {
		b.probes = all
		return err
	}
	b.takeApart(own)
	if b.apart {
		b.redirect(ctx, c)
	}
	emit(b.harvest())
	b.probes = append(b.probes, all[n:]...)
	if scans {
		ch.turn(r, &answers[0], &answers[1], count)
	}
	return nil
}

func (ch *chain) op(c *Client) string { return "SCAN MATCH " + failure.Quote(c.keys.pattern()) }

// appendScan asks for counters only: Redis looks at the type of each key before
// it sends the name, so that names which mislead need no further question.
func (ch *chain) appendScan(out []byte, pattern string, count int64) []byte {
	args := [...]string{
		"SCAN", strconv.FormatUint(ch.cursor, 10), "MATCH", pattern,
		"COUNT", strconv.FormatInt(count, 10), "TYPE", kindCounter,
	}
	if ch.line.member.untyped {
		return appendCommand(out, args[:6]...)
	}
	return appendCommand(out, args[:]...)
}

func isSyntaxError(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "ERR syntax error")
}

// errNotSplit is the cause of errors about cursors that are not what [part] takes
// them for.
var errNotSplit = errors.New("the cursors of this server do not count up as Redis's do")

// check refuses an answer to SCAN that makes no sense, or whose cursor shows that
// parts are not what they are taken for.
func (ch *chain) check(page *value) error {
	if len(page.list) != 2 {
		return errors.New("want a cursor and keys")
	}
	next, err := strconv.ParseUint(page.list[0].s, 10, 64)
	if err != nil {
		return errors.New("not a cursor: " + failure.Quote(page.list[0].s))
	}
	if ch.part != (part{}) && !forward(ch.cursor, next) {
		return errNotSplit
	}
	return nil
}

// turn takes a page of the SCAN, which check has let pass.
func (ch *chain) turn(r *run, page, size *value, count int64) {
	if size.kind == respNumber {
		r.size(ch.line.member, size.n)
	}
	next, _ := strconv.ParseUint(page.list[0].s, 10, 64)
	names := make([]string, 0, len(page.list[1].list))
	for _, v := range page.list[1].list {
		if key, ok := ch.batch.keys.user(v.s); ok {
			names = append(names, key)
		}
	}
	ch.cursor, ch.atEnd = next, ch.part.passed(next)
	ch.walked += count
	twice := r.cross(ch, names)
	ch.begun = true
	for _, key := range names {
		if twice[key] {
			continue
		}
		p := probe{stage: askUse, counter: Counter{Key: key}, card: ch.card}
		if ch.line.member.untyped && ambiguous(key) {
			p.stage = askType
		}
		ch.batch.probes = append(ch.batch.probes, p)
	}
}

// sendable is how many of the probes go into one pipeline.
func sendable(probes []probe) int {
	size := 0
	for i := range probes {
		size += 3 * len(probes[i].counter.Key)
		if i == batchKeys || (i > 0 && size > batchBytes) {
			return i
		}
	}
	return len(probes)
}

// harvest takes the finished counters out of the batch. They are good until it is
// called again. What is no counter, or none any more, is not Present.
func (b *batch) harvest() []Counter {
	found, left := b.found[:0], b.probes[:0]
	for i := range b.probes {
		switch p := &b.probes[i]; {
		case p.stage != probed:
			left = append(left, *p)
		case p.not:
			found = append(found, Counter{Key: p.counter.Key})
		default:
			found = append(found, p.counter)
		}
	}
	clear(b.probes[len(left):])
	b.probes, b.found = left, found
	return found
}
