package redis

import (
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// UnknownCount is the Count of a [Counter] that a [Sweeper] came by on its pass:
// ZCARD is a third of what a counter would cost, and InForce is what counts. It
// is read for keys that were asked for.
const UnknownCount = -1

// stage is what a probe asks next.
type stage uint8

const (
	askType   stage = iota // what is it?
	askUse                 // how many are in force, when does it expire, what is its limit?
	askLimit               // has it a limit of its own, and which?
	askWindow              // how many are in force in its own window?
	probed
)

// probe is one key on its way through the round trips that read it. Most keys
// take one, with two commands: whether any key of a batch has a limit of its own
// is asked with a single EXISTS.
type probe struct {
	stage   stage
	not     bool // it turned out to be no counter
	counter Counter
	card    bool // read ZCARD too
	limited bool // in askUse: the own limit is part of the question
}

// settle takes the answers to one probe and returns how many they were.
func (p *probe) settle(c *Client, b *batch, target string, answers []value) (taken int) {
	name := func() string { return failure.Quote(b.keys.counter(p.counter.Key)) }
	switch p.stage {
	case askType:
		if err := answers[0].err(); err != nil {
			p.fail(c.fail("TYPE "+name(), target, err))
		} else if answers[0].s != kindCounter {
			p.stage, p.not = probed, true
		} else {
			p.stage = askUse
		}
		return 1
	case askUse:
		commands := [...]string{"ZCOUNT ", "PTTL ", "ZCARD "}
		taken = 2
		if p.card {
			taken = 3
		}
		least := [...]int64{0, noKey, 0}
		for i, command := range commands[:taken] {
			if err := answers[i].counts(least[i]); err != nil && p.counter.Err == nil {
				p.fail(c.fail(command+name(), target, err))
			}
		}
		if p.counter.Err == nil {
			p.stage = probed
			p.use(answers)
			if p.limited {
				p.limit(c, b, target, answers[taken])
			}
		}
		if p.limited {
			taken++
		}
		return taken
	case askLimit:
		p.limit(c, b, target, answers[0])
		return 1
	case askWindow:
		if err := answers[0].counts(0); err != nil {
			p.fail(c.fail("ZCOUNT "+name(), target, err))
			return 1
		}
		p.counter.InForce, p.stage = answers[0].n, probed
		return 1
	default:
		return 0
	}
}

func (p *probe) fail(err error) {
	p.counter = Counter{Key: p.counter.Key, Err: err}
	p.stage = probed
	// A name that was told to be a counter's and is none any more.
	p.not = Classify(err) == failure.WrongType
}

// Answers of PTTL that are no time.
const (
	noKey    = -2
	noExpiry = -1
)

// counts is the error that the answer is, or of one that is no number or less
// than it can be: taken as it is, it would count as 0.
func (v *value) counts(least int64) error {
	switch err := v.err(); {
	case err != nil:
		return err
	case v.kind != respNumber:
		return fmt.Errorf("want a number, got an answer of the type %q", v.kind)
	case v.n < least:
		return fmt.Errorf("want a number of %d or more, got %d", least, v.n)
	default:
		return nil
	}
}

func (p *probe) use(answers []value) {
	ttl := answers[1].n
	if ttl == noKey {
		return
	}
	p.counter.Present, p.counter.InForce, p.counter.Count = true, answers[0].n, UnknownCount
	if p.card {
		p.counter.Count = answers[2].n
	}
	if p.counter.NoExpiry = ttl == noExpiry; !p.counter.NoExpiry {
		p.counter.Expiry = time.Duration(min(ttl, longest)) * time.Millisecond
	}
}

// limit takes the answer to HMGET.
func (p *probe) limit(c *Client, b *batch, target string, answer value) {
	p.stage = probed
	err := answer.err()
	if Classify(err) == failure.WrongType {
		return // see [Client.limit]
	}
	if err != nil {
		p.fail(c.fail(c.limitOp(p.counter.Key), target, err))
		return
	}
	fields := make([]any, len(answer.list))
	for i, v := range answer.list {
		if v.kind == respBulk {
			fields[i] = v.s
		}
	}
	own, err := c.parseLimit(p.counter.Key, fields)
	if err != nil {
		p.fail(err)
		return
	}
	p.own(own, b.at.window)
}

// own takes the own limit, nil for none.
func (p *probe) own(own *Limit, window time.Duration) {
	p.counter.Own, p.stage = own, probed
	if own == nil || !p.counter.Present {
		return
	}
	if p.counter.Window = own.Window; own.Window != window {
		p.stage = askWindow
	}
}
