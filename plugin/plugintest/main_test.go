//go:build unix

package plugintest_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/plugintest"
)

// modeVariable makes this test binary a plugin, one that does as it should or
// one with a fault.
const modeVariable = "PLUGINTEST_MODE"

func TestMain(m *testing.M) {
	plugintest.BecomeHost()
	if mode := os.Getenv(modeVariable); mode != "" {
		os.Exit(run(mode))
	}
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, "left running:", err)
		code = 1
	}
	os.Exit(code)
}

// run is main of a plugin.
func run(mode string) int {
	byHand := os.Getenv("OPERATOR_SUBJECT_PLUGIN") == ""
	switch mode {
	case "stays":
		if byHand {
			time.Sleep(time.Minute)
		}
	case "content":
		if byHand {
			fmt.Println("This is a plugin, and all is well.")
			return 0
		}
	case "mute":
		if byHand {
			return 1
		}
	case "chatty":
		fmt.Println("Welcome to lamp, version 1")
	case "untidy":
		if _, err := os.CreateTemp("", "untidy"); err != nil {
			return fail(err)
		}
	case "clingy":
		group, err := syscall.Getpgid(os.Getppid())
		if err == nil {
			err = syscall.Setpgid(0, group)
		}
		if err != nil {
			return fail(err)
		}
	case "behind":
		return behind()
	case "orphan":
		err := outliveHost()
		if err == nil {
			err = os.Unsetenv("OPERATOR_SUBJECT_LIFELINE")
		}
		if err != nil {
			return fail(err)
		}
	}
	if err := plugin.Serve(lamp(mode)); err != nil {
		return fail(err)
	}
	return 0
}

// behind is a program that has the real plugin behind it, out of the host's
// reach.
func behind() int {
	cmd := exec.Command(os.Args[0]) //nolint:noctx // it ends when this process's standard input does, or its host
	cmd.Env = append(os.Environ(), modeVariable+"=lamp")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if strings.Contains(strings.Join(os.Environ(), "\n"), "OPERATOR_SUBJECT_LIFELINE=") {
		cmd.ExtraFiles = []*os.File{os.NewFile(3, "lifeline")}
	}
	if err := cmd.Run(); err != nil {
		return fail(err)
	}
	return 0
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}
