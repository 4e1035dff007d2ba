package kit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// Answer answers a request in the server's place, as a [network.Rule] does.
type Answer func(ctx context.Context, x *network.Exchange) network.After

// AnswerFault makes a fault that puts an answer on all links that on matches and
// that carry HTTP, for requests whose path begins with path.
func AnswerFault(s stack.Stack, kind, on string, with json.RawMessage, path string, answer Answer) (fault.Fault, error) {
	links, err := Links(s, on, true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	hurts := make([]fault.Hurt, len(links))
	for i, l := range links {
		rule := network.Rule{Name: UniqueName(kind), Path: path, Answer: answer}
		hurts[i] = fault.Hurt{
			Inject: func(context.Context) error { return l.Answer(rule) },
			Heal: func(context.Context) error {
				l.Unanswer(rule.Name)
				return nil
			},
		}
	}
	impact := func() fault.Impact { return s.Impact(kind, on, with) }
	return fault.New(kind+" "+on, impact, nil, hurts...), nil
}

// Changed makes an answer of the server's own, changed; where the server does not
// answer, the client's connection breaks.
func Changed(change func(network.Reply) network.Reply) Answer {
	return func(_ context.Context, x *network.Exchange) network.After {
		reply, err := x.Forward()
		if err != nil {
			return network.Break
		}
		return Sent(x.Send(change(reply)))
	}
}

// ChangedJSON makes an answer of the server's own whose JSON is changed. Numbers
// are [json.Number] in it. An answer without JSON passes as it is.
func ChangedJSON(change func(document any) any) Answer {
	return Changed(func(r network.Reply) network.Reply {
		if !strings.Contains(r.Header.Get("Content-Type"), "json") {
			return r
		}
		d := json.NewDecoder(bytes.NewReader(r.Body))
		d.UseNumber()
		var document any
		if d.Decode(&document) != nil {
			return r
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return r
		}
		if changed, err := json.Marshal(change(document)); err == nil {
			r.Body = changed
		}
		return r
	})
}

// Sent is what becomes of a connection on which a whole answer was sent.
func Sent(err error) network.After {
	if err != nil {
		return network.HangUp
	}
	return network.KeepOpen
}
