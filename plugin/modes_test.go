//go:build unix

package plugin_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// run is main of what the tests start.
func run(mode string) int {
	switch mode {
	case "plugin":
		return serve(fakeDefinition())
	case "invalid":
		def := fakeDefinition()
		def.Invariants[0].Severity = "dire"
		return serve(def)
	case "exits":
		fmt.Fprintln(os.Stderr, "first words")
		fmt.Fprintln(os.Stderr, "cannot read \x1b[31mfake.conf")
		return 3
	case "panics":
		panic("not today")
	case "junk":
		fmt.Println("Welcome to \x1b[31mfake\x00, version 1")
		return forever()
	case "silent":
		return forever()
	case "version":
		fmt.Println("1|2|unix|/nowhere|grpc|")
		return forever()
	case "leaves":
		fmt.Println("1|1|unix|/nowhere|grpc|")
		return 0
	case "elsewhere":
		fmt.Printf("1|1|unix|%s|grpc|\n", os.Getenv("ELSEWHERE"))
		return 4
	case "nobody":
		fmt.Println("1|1|unix|/nowhere|grpc|")
		return forever()
	case "deaf":
		path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "deaf")
		if _, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path); err != nil {
			return fail(err)
		}
		fmt.Printf("1|1|unix|%s|grpc|\n", path)
		return forever()
	case "host":
		return beHost()
	case "raw":
		return serveRaw()
	}
	return fail(fmt.Errorf("there is no mode %q", mode))
}

func serve(def protocol.Definition) int {
	if err := plugin.Serve(def); err != nil {
		return fail(err)
	}
	return 0
}

// beHost loads a plugin and waits to be killed.
func beHost() int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, p, err := plugin.Load(ctx, pluginOptions(), []byte(os.Getenv("HOST_CONFIG")))
	if err != nil {
		return fail(err)
	}
	fmt.Println(p.PID())
	return forever()
}

// forever is long enough for any test, and not so long that a process that was
// forgotten stays.
func forever() int {
	time.Sleep(5 * time.Minute)
	return 1
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}
