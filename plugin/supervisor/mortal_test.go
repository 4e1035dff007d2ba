package supervisor

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// mortal is a subject that tells which process it is in, and dies when told to.
type mortal struct{ config mortalConfig }

type mortalConfig struct {
	// Label is what the subject calls itself, when the environment does not.
	Label string `json:"label"`
	// Diary is a file to which each action is appended before it is done.
	Diary string `json:"diary"`
	// Observe is empty, "fail", or "slow" for an observation of 50 ms.
	Observe string `json:"observe"`
	// Refuse refuses the configuration.
	Refuse bool `json:"refuse"`
}

func (c mortalConfig) json() json.RawMessage {
	raw, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return raw
}

func mortalDefinition() protocol.Definition {
	object := json.RawMessage(`{"type":"object"}`)
	return protocol.Definition{
		Name: "mortal", Version: "1.0.0", Summary: "a subject that dies", ConfigSchema: object, StateSchema: object,
		Actions: []protocol.ActionSpec{
			{Name: "mend", Params: object, Risk: protocol.RiskLow},
			{Name: "exit", Params: object, Risk: protocol.RiskHigh},
			{Name: "panic", Params: object, Risk: protocol.RiskHigh},
		},
		Open: func(_ context.Context, config json.RawMessage) (protocol.Subject, error) {
			var c mortalConfig
			if err := json.Unmarshal(config, &c); err != nil {
				return nil, protocol.Errorf(protocol.InvalidArgument, "open mortal: %w", err)
			}
			if c.Refuse {
				return nil, &protocol.Error{
					Code: protocol.InvalidArgument, Message: "open mortal", Fields: []protocol.FieldError{{Path: "refuse", Message: "as told"}},
				}
			}
			if label := os.Getenv("LABEL"); label != "" {
				c.Label = label
			}
			return &mortal{c}, nil
		},
	}
}

// Observe implements protocol.Subject.
func (m *mortal) Observe(ctx context.Context) (protocol.Observation, error) {
	switch m.config.Observe {
	case "fail":
		return protocol.Observation{}, protocol.Errorf(protocol.Internal, "told to fail")
	case "slow":
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return protocol.Observation{}, protocol.Errorf(protocol.CodeOf(ctx.Err()), "observe: %w", ctx.Err())
		}
	}
	return protocol.Observation{Time: time.Now().UTC(), Summary: m.config.Label, State: json.RawMessage(fmt.Sprintf(`{"pid":%d}`, os.Getpid()))}, nil
}

// Act implements protocol.Subject.
func (m *mortal) Act(_ context.Context, action protocol.Action) (protocol.Outcome, error) {
	file, err := os.OpenFile(m.config.Diary, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintln(file, action.Name, action.ID)
		_ = file.Close()
	}
	if err != nil {
		return protocol.Outcome{}, &protocol.Error{Code: protocol.Internal, Message: err.Error(), Effect: protocol.EffectNone}
	}
	switch action.Name {
	case "exit":
		plugin.Logger().Error("\x1b[31mthe disk is gone")
		os.Exit(7)
	case "panic":
		died := make(chan struct{})
		go func() { panic("lost my head") }()
		<-died
	}
	return protocol.Outcome{Status: protocol.OutcomeAccepted, Message: "done by " + m.config.Label}, nil
}
