//go:build unix

package plugin_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func largeMessages(o *plugin.Options) { o.MaxMessage = 16 << 20 }

// What the host allows is allowed in both directions, and no more than that.
func TestMaxMessage(t *testing.T) {
	const size = 8 << 20
	padded := append(bytes.TrimSuffix(fakeConfig{Observe: "big", Bytes: size}.json(), []byte("}")), `,"pad":"`...)
	padded = append(append(padded, bytes.Repeat([]byte("x"), size)...), `"}`...)

	nothingLeft(t)
	opts := pluginOptions()
	largeMessages(&opts)
	subject, p, err := plugin.Load(within(t, patience), opts, json.RawMessage(padded))
	if err != nil {
		t.Fatalf("a configuration of %d bytes: %v", len(padded), err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	o, err := subject.Observe(within(t, patience))
	if err != nil || len(o.State) != size {
		t.Fatalf("got %d bytes, %v; want %d", len(o.State), err, size)
	}
}

func TestMaxMessageIsABound(t *testing.T) {
	cases := map[string]struct {
		reason string
		most   int
		bytes  int
		want   string
	}{
		"Default": {"It says what would allow it.", 0, 8 << 20, "at most 4194304; max_message allows a plugin that is trusted up to 67108864"},
		"Same":    {"The default can be said.", plugin.MaxMessageBytes, 8 << 20, "at most 4194304; max_message allows"},
		"Allowed": {"What is allowed is a bound too.", 8 << 20, 8 << 20, "at most 8388608; max_message allows"},
		"Largest": {"More than the most cannot be allowed.", plugin.LargestMessageBytes, plugin.LargestMessageBytes, "at most 67108864; the subject must bound its lists"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			subject, _ := load(t, fakeConfig{Observe: "big", Bytes: c.bytes}, func(o *plugin.Options) { o.MaxMessage = c.most })
			_, err := subject.Observe(within(t, patience))
			if e, ok := errors.AsType[*protocol.Error](err); !ok || e.Code != protocol.ResourceExhausted || !strings.Contains(e.Message, c.want) {
				t.Errorf("%s: got %v", c.reason, err)
			}
		})
	}
}

func TestMaxMessageRefused(t *testing.T) {
	for _, most := range []int{-1, 1, plugin.MaxMessageBytes - 1, plugin.LargestMessageBytes + 1} {
		opts := pluginOptions()
		opts.MaxMessage = most
		p, err := plugin.Launch(within(t, patience), opts)
		e, ok := errors.AsType[*protocol.Error](err)
		if !ok || e.Code != protocol.InvalidArgument || len(e.Fields) != 1 || e.Fields[0].Path != "max_message" {
			t.Errorf("%d: got %v, %v", most, p, err)
		}
	}
}
