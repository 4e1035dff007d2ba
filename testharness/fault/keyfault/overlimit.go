package keyfault

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/redisfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// A Target is a rate limiter whose keys can be made to go over their limit. Its
// methods are safe for concurrent use.
type Target interface {
	// Redis is what the nodes share.
	Redis() *redisset.Set
	// DefaultLimit is for keys that have no limit of their own.
	DefaultLimit() int
}

// A Checker is a target that can be asked for a key through the limiter's own
// API, so that the key is known to all parts of it, the metrics too.
type Checker interface {
	// Check makes one request for a key, which is valid UTF-8. Whether it is
	// allowed does not matter.
	Check(ctx context.Context, key string) error
}

// Kinds are all kinds of fault of this package. The stack that they are made for
// must be a [Target].
func Kinds() []stack.Kind { return []stack.Kind{overLimit()} }

// params name a key in one of three ways.
type params struct {
	Key    *string `json:"key"`
	Base64 *string `json:"key_base64"`
	Named  *string `json:"named"`
}

// schema lists the names, so that a wrong one is told before anything starts.
func schema() json.RawMessage {
	names := make([]string, 0, len(Keys()))
	for _, k := range Keys() {
		names = append(names, k.Name)
	}
	doc, err := json.Marshal(map[string]any{
		"type": "object",
		"properties": map[string]any{
			"key":        map[string]any{"type": "string", "minLength": 1, "description": "the key itself"},
			"key_base64": map[string]any{"type": "string", "minLength": 1, "description": "the key's bytes in base64, for one that is no text"},
			"named":      map[string]any{"enum": names, "description": "the name of a key that the harness has"},
		},
		"additionalProperties": false, "minProperties": 1, "maxProperties": 1,
	})
	if err != nil {
		panic(fmt.Sprintf("encode texts: %v", err)) // it cannot fail
	}
	return doc
}

// overLimit makes a key go over its limit.
func overLimit() stack.Kind {
	const name = "key_over_limit"
	return stack.Kind{
		Name:    name,
		Summary: "A key, which may be a hostile one, has more requests in its window than its limit allows; healing resets it.",
		On:      stack.OnNothing,
		With:    schema(),
		New: func(s stack.Stack, _ string, with json.RawMessage) (fault.Fault, error) {
			t, ok := s.(Target)
			if !ok {
				return nil, fmt.Errorf("%s: this system has no keys", name)
			}
			var p params
			if len(with) > 0 {
				if err := json.Unmarshal(with, &p); err != nil {
					return nil, fmt.Errorf("%s: with: %w", name, err)
				}
			}
			key, err := p.key()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return New(t, key), nil
		},
	}
}

func (p params) key() (string, error) {
	switch {
	case p.Named != nil:
		if key, ok := Named(*p.Named); ok {
			return key.Key, nil
		}
		return "", fmt.Errorf("with.named: there is no %q", *p.Named)
	case p.Base64 != nil:
		key, err := base64.StdEncoding.DecodeString(*p.Base64)
		if err != nil {
			return "", fmt.Errorf("with.key_base64: %w", err)
		}
		return string(key), nil
	case p.Key != nil:
		return *p.Key, nil
	default:
		return "", errors.New("with: one of key, key_base64 and named is needed")
	}
}

// New makes the fault for a key of any bytes.
func New(t Target, key string) fault.Fault {
	o := &over{
		target: t, key: key,
		injection: redisfault.Injection{Client: t.Redis().Admin(), Key: key, Count: 2*t.DefaultLimit() + 1},
	}
	return fault.New("put "+failure.Quote(key)+" over its limit", o.impact, nil, fault.Hurt{Inject: o.inject, Heal: o.heal})
}

type over struct {
	target    Target
	key       string
	injection redisfault.Injection

	looked, existed bool // whether the key was there before is known, and true
}

// impact is on the key. What one that is no text is called in text is for the
// subject to choose; it may not be the name of another key.
func (o *over) impact() fault.Impact {
	if utf8.ValidString(o.key) {
		return fault.Impact{Breaks: []fault.Mark{{Invariant: "over_limit", Entity: o.key}}}
	}
	return fault.Impact{Breaks: []fault.Mark{{Invariant: "over_limit"}}}
}

// The names of a counter and of its sequence in Redis.
func (o *over) counter() string  { return "ratelimit:" + o.key }
func (o *over) sequence() string { return o.counter() + ":seq" }

func (o *over) inject(ctx context.Context) error {
	existed, err := o.injection.Client.Exists(ctx, o.counter()).Result()
	if err != nil {
		return err
	}
	o.existed, o.looked = existed > 0, true
	if checker, ok := o.target.(Checker); ok && utf8.ValidString(o.key) {
		if err := checker.Check(ctx, o.key); err != nil {
			return fmt.Errorf("check it: %w", err)
		}
	}
	return o.injection.Inject(ctx)
}

// heal resets the key past the limiter and past the subject; a key that others
// were using only loses what was injected. Where it is not known whether they
// were, nothing was injected either.
func (o *over) heal(ctx context.Context) error {
	switch {
	case !o.looked:
		return nil
	case o.existed:
		return o.injection.Heal(ctx)
	default:
		return o.remove(ctx)
	}
}

// remove removes what belongs to the key, and nothing that another key has in the
// place of it.
func (o *over) remove(ctx context.Context) error {
	client := o.injection.Client
	for _, n := range []struct{ name, kind string }{{o.counter(), "zset"}, {o.sequence(), "string"}} {
		held, err := client.Type(ctx, n.name).Result()
		if err == nil && held == n.kind {
			err = client.Unlink(ctx, n.name).Err()
		}
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
	}
	return nil
}
