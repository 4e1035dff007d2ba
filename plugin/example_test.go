package plugin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// lamp stands for a subject's package.
var lamp struct{ Definition func() protocol.Definition }

// The whole of a plugin's main.
func ExampleServe() {
	if err := plugin.Serve(lamp.Definition()); err != nil {
		log.Fatal(err)
	}
}

// A host that loads a plugin and looks once.
func ExampleLoad() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	subject, p, err := plugin.Load(ctx, plugin.Options{
		Path:   "bin/operator-subject-lamp",
		Env:    []string{"LAMP_TOKEN"}, // the host's own, passed on
		Logger: slog.Default().With("subject", "lamp"),
	}, json.RawMessage(`{"socket": "kitchen"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() {
		if err := p.Close(); err != nil {
			fmt.Println(err)
		}
	}()
	observation, err := subject.Observe(ctx)
	if err != nil {
		fmt.Println(err) // everything is unknown
		return
	}
	fmt.Println(observation.Verdict(), observation.Summary)
}
