package kit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// An observation in small: one source answers, one does not, and each invariant
// gets the verdict that what was read permits.
func Example() {
	declared := []protocol.Invariant{
		{Name: "tank_low", Entity: "tank", Severity: protocol.Warning},
		{Name: "pump_hot", Entity: "pump", Severity: protocol.Critical},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	round, done, err := kit.NewRound(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()

	tanks := kit.Read(round, "tanks", time.Second, func(context.Context) (map[string]float64, error) {
		return map[string]float64{"north": 7, "south": 80}, nil
	})
	pumps := kit.NotRead[map[string]float64](round, "pumps", protocol.SourceNotConfigured, "no thermometer is configured")

	judge := kit.NewJudge(declared, 100)
	if levels, miss := tanks.Wait(); miss == nil {
		for tank, level := range levels {
			if level < 10 {
				judge.Broken(protocol.Violation{Invariant: "tank_low", Entity: tank, Message: "nearly empty"})
			}
		}
		judge.Checked("tank_low")
	}
	if _, miss := pumps.Wait(); miss != nil {
		source, reason := miss.Blame()
		judge.Unknown("pump_hot", "", source, reason)
	}
	violations, unchecked := judge.Verdicts()
	fmt.Println(kit.Summarize(declared, violations, unchecked))
	// Output: broken: tank_low (north); unknown: pump_hot
}

// An action that is asked for twice under one ID is done once.
func ExampleActor() {
	type params struct {
		Tank string `json:"tank" jsonschema:"the tank to fill"`
	}
	schema, err := kit.Schema[params](nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fill := kit.Handle(protocol.ActionSpec{Name: "fill", Params: schema},
		func(_ context.Context, p params, _ bool) (protocol.Outcome, error) {
			fmt.Println("filling", p.Tank)
			return protocol.Outcome{Status: protocol.OutcomeAccepted, Message: p.Tank + " is being filled"}, nil
		})
	actor, err := kit.NewActor(fill)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		outcome, err := actor.Act(context.Background(), protocol.Action{Name: "fill", ID: "42", Params: json.RawMessage(`{"tank":"north"}`)})
		fmt.Println(outcome.Message, err)
	}
	_, err = actor.Act(context.Background(), protocol.Action{Name: "fill", ID: "43", Params: json.RawMessage(`{"tonk":"north"}`)})
	fmt.Println(err)
	// Output:
	// filling north
	// north is being filled <nil>
	// north is being filled <nil>
	// fill refused: tank: is required; tonk: there is no such field
}
