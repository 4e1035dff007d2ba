//go:build unix

package plugin_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
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
	case "prompt":
		fmt.Print("Password: ")
		return forever()
	case "binary":
		fmt.Print("\x7fELF\xff\x00\x1b]0;owned\x07|||\x9b2J")
		return 5
	case "endless":
		for line := strings.Repeat("y", 1<<16); ; {
			fmt.Print(line)
		}
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
		return forever()
	case "tcp":
		fmt.Println("1|1|tcp|127.0.0.1:1|grpc|")
		return forever()
	case "link":
		path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "link")
		if err := os.Symlink(os.Getenv("ELSEWHERE"), path); err != nil {
			return fail(err)
		}
		fmt.Printf("1|1|unix|%s|grpc|\n", path)
		return forever()
	case "nobody", "no_mtls":
		fmt.Println("1|1|unix|/nowhere|grpc|")
		return forever()
	case "deaf", "dies_deaf":
		path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "deaf")
		if _, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path); err != nil {
			return fail(err)
		}
		fmt.Printf("1|1|unix|%s|grpc|\n", path)
		if mode == "dies_deaf" {
			time.Sleep(100 * time.Millisecond) // for the host to connect
			return 4
		}
		return forever()
	case "heedless":
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		if err := os.Unsetenv("OPERATOR_SUBJECT_LIFELINE"); err != nil {
			return fail(err)
		}
		return serve(fakeDefinition())
	case "fat_headers":
		return serveWithoutGoPlugin(1 << 20)
	case "without_goplugin":
		go func() {
			_, err := io.Copy(io.Discard, os.NewFile(3, "lifeline"))
			_ = os.WriteFile(os.Getenv("ELSEWHERE"), fmt.Append(nil, err), 0o600)
			os.Exit(0)
		}()
		return serveWithoutGoPlugin(0)
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
	opts := pluginOptions()
	if mode := os.Getenv("HOST_PLUGIN"); mode != "" {
		opts.Env = append(opts.Env, modeVariable+"="+mode)
	}
	_, p, err := plugin.Load(ctx, opts, []byte(os.Getenv("HOST_CONFIG")))
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
