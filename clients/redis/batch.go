package redis

import "strconv"

// batch is the part of a pipeline that reads probes.
type batch struct {
	keys   keyspace
	at     moment
	apart  bool // own limits are elsewhere, on another master
	probes []probe
	found  []Counter // memory of harvest

	direct bool // own limits are read without asking first whether there are any
	never  bool // EXISTS is forbidden
	exists int  // how many keys the EXISTS at the end asks for; 0 without one
}

// encode adds the commands and returns how many they are.
func (b *batch) encode(out []byte) (_ []byte, commands int) {
	b.exists = 0
	for i := range b.probes {
		p := &b.probes[i]
		p.limited = p.stage == askUse && !b.apart && (p.card || b.direct)
		var n int
		out, n = b.ask(out, p)
		commands += n
		if b.asksFirst(p) {
			b.exists++
		}
	}
	if b.exists == 0 {
		return out, commands
	}
	out = appendHeader(out, respArray, b.exists+1)
	out = appendArg(out, "", "EXISTS")
	limits := b.keys.limit("")
	for i := range b.probes {
		if b.asksFirst(&b.probes[i]) {
			out = appendArg(out, limits, b.probes[i].counter.Key)
		}
	}
	return out, commands + 1
}

// asksFirst reports whether the probe's own limit is among those that EXISTS
// asks for.
func (b *batch) asksFirst(p *probe) bool { return p.stage == askUse && !p.limited && !b.apart }

func (b *batch) ask(out []byte, p *probe) (_ []byte, commands int) {
	key := p.counter.Key
	switch p.stage {
	case askType:
		return b.appendKey(out, "TYPE", key), 1
	case askUse:
		p.counter.Window = b.at.window
		out, commands = b.appendKey(b.appendInForce(out, p), "PTTL", key), 2
		if p.card {
			out, commands = b.appendKey(out, "ZCARD", key), commands+1
		}
		if p.limited {
			out, commands = b.appendLimit(out, key), commands+1
		}
		return out, commands
	case askLimit:
		return b.appendLimit(out, key), 1
	case askWindow:
		return b.appendInForce(out, p), 1
	default:
		return out, 0
	}
}

func (b *batch) appendKey(out []byte, command, key string) []byte {
	out = appendHeader(out, respArray, 2)
	out = appendArg(out, "", command)
	return appendArg(out, string(b.keys), key)
}

// appendInForce asks for the members inside the window. One leaves it when it is
// exactly as old as the window is long.
func (b *batch) appendInForce(out []byte, p *probe) []byte {
	out = appendHeader(out, respArray, 4)
	out = appendArg(out, "", "ZCOUNT")
	out = appendArg(out, string(b.keys), p.counter.Key)
	var digits [24]byte
	since := strconv.AppendInt(append(digits[:0], '('), b.at.now.Add(-p.counter.Window).UnixMilli(), 10)
	out = appendHeader(out, respBulk, len(since))
	out = append(append(out, since...), '\r', '\n')
	return appendArg(out, "", "+inf")
}

func (b *batch) appendLimit(out []byte, key string) []byte {
	out = appendHeader(out, respArray, 4)
	out = appendArg(out, "", "HMGET")
	out = appendArg(out, b.keys.limit(""), key)
	out = appendArg(out, "", limitField)
	return appendArg(out, "", windowField)
}

// settle takes the answers to the commands of encode. The error is one that is
// about no single key: the probes are as they were and can be sent again.
func (b *batch) settle(c *Client, target string, answers []value) error {
	for i := range answers {
		if err := answers[i].err(); err != nil && !aboutKey(err) {
			return c.fail("read counters", target, err)
		}
	}
	some := false // of those without a word on it may have own limits
	if b.exists > 0 {
		last := &answers[len(answers)-1]
		b.never = last.kind != respNumber
		some = b.never || last.n > 0
		b.direct = b.never || last.n*8 > int64(b.exists) // asking first is a waste
	}
	asked, owned := 0, 0
	for i := range b.probes {
		p := &b.probes[i]
		if p.limited && !p.card {
			asked++
		}
		taken := p.settle(c, b, target, answers)
		answers = answers[taken:]
		if p.stage == probed && some && !p.limited && taken == 2 && p.counter.Err == nil {
			p.stage = askLimit
		}
		if p.counter.Own != nil {
			owned++
		}
	}
	if asked > 0 && !b.never {
		b.direct = owned*8 > asked
	}
	return nil
}
