//go:build unix

package process_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

// The test binary is its own program under test: started with this variable it
// plays the role that the variable names, with the command line's arguments.
const roleVariable = "PROCESS_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role, os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

func play(role string, args []string) int {
	switch role {
	case "echo": // answers each line on a TCP address until SIGTERM
		return echo(args[0], syscall.SIGTERM)
	case "stubborn": // minds another signal
		return echo(args[0], syscall.SIGHUP)
	case "fail": // ends at once
		fmt.Println("cannot open the \x1b[31mdatabase")
		return 3
	case "talkative": // writes more than is kept, then a last line
		for i := range 4 * process.MaxLog / 64 {
			fmt.Printf("%063d\n", i)
		}
		fmt.Println("the end")
		return 0
	case "family": // has a child, which serves
		child := exec.CommandContext(context.Background(), os.Args[0], args...)
		child.Env = append(os.Environ(), roleVariable+"=echo")
		if err := child.Start(); err != nil {
			return 1
		}
		fmt.Printf("child %d\n", child.Process.Pid)
		_ = child.Wait()
		return 0
	case "owner": // starts a process by this package, and is killed
		_, err := process.Start(context.Background(), process.Spec{
			Name: "orphan", Path: os.Args[0], Args: args, Env: environment("echo"), Ready: answers(args[0]),
		})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("started")
		select {}
	}
	return 99
}

func echo(address string, end os.Signal) int {
	listener, err := net.Listen("tcp", address) //nolint:noctx // the whole process is the context
	if err != nil {
		fmt.Println(err)
		return 1
	}
	stop := make(chan os.Signal, 1)
	signal.Ignore(syscall.SIGTERM)
	signal.Notify(stop, end)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(conn, conn) }()
		}
	}()
	fmt.Println("serving as", os.Getpid())
	<-stop
	fmt.Println("goodbye")
	return 0
}

// environment also tells the race detector not to linger at a program's end.
func environment(role string) []string {
	return append(os.Environ(), roleVariable+"="+role, "GORACE=atexit_sleep_ms=0")
}

// answers is a condition for an echo being ready.
func answers(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		deadline, _ := ctx.Deadline()
		_ = conn.SetDeadline(deadline)
		return ask(conn)
	}
}

func ask(conn net.Conn) error {
	if _, err := fmt.Fprintln(conn, "there?"); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && line != "there?\n" {
		err = fmt.Errorf("the echo is %q", line)
	}
	return err
}

// freeAddress is a port that nothing listens on, out of the way of outgoing
// connections (see package servers, which this package cannot import).
func freeAddress(t *testing.T) string {
	t.Helper()
	for port := 19000 + os.Getpid()%900; port < 20000; port++ {
		address := "127.0.0.1:" + strconv.Itoa(port)
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err == nil {
			_ = listener.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// alive reports whether a process runs; one that only waits to be reaped by
// somebody else does not.
func alive(t *testing.T, pid int) bool {
	t.Helper()
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return !os.IsNotExist(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// start starts the test binary in a role on a free address.
func start(t *testing.T, role string) (p *process.Process, address string) {
	t.Helper()
	address = freeAddress(t)
	p, err := process.Start(within(t), process.Spec{
		Name: role, Path: os.Args[0], Args: []string{address}, Env: environment(role), Ready: answers(address),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p, address
}
