package subjecttest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// A subject, its running system, one that is down, and an example for each
// action are all that the suite needs.
func Example() {
	system := &tallies{counts: maps.Clone(initial)}
	server := httptest.NewServer(system)
	defer server.Close()
	gone := httptest.NewServer(system)
	gone.Close()

	report := subjecttest.Run(context.Background(), subjecttest.Suite{
		Start:  subjecttest.InProcess(talliesDefinition()),
		Config: tallyConfig(server.URL),
		Down:   tallyConfig(gone.URL),
		Actions: map[string]subjecttest.Example{
			"zero": {Params: json.RawMessage(`{"name": "apples"}`), Before: system.reset},
			// There is none for add.
		},
		Probe: system.probe,
		Only: func(c subjecttest.Check) bool {
			return c.Name == "observe/down_holds_nothing" || c.Name == "configure/given" || c.Name == "act/examples"
		},
	}, func(r subjecttest.Result) {
		fmt.Println(r.Check, r.Status)
		if r.Message != "" {
			fmt.Println("  " + r.Message)
		}
	})
	fmt.Println(report.Subject, report.Version, report.OK())

	// Output:
	// configure/given not_applicable
	//   Suite.Wrong is empty: the schema says all that can be wrong
	// observe/down_holds_nothing passed
	// act/examples failed
	//   the declared action add cannot be tried: give Suite.Actions["add"], an example with parameters that the running system accepts
	// tallies 1.2.3 false
}
