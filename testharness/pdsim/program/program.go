// Package program is what the programs of the simulation have in common: flags,
// exit codes, signals, and an HTTP server that ends in good order.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Program is one of them.
type Program interface {
	// Define adds the program's flags.
	Define(flags *flag.FlagSet)
	// Validate refuses what the flags were set to.
	Validate() error
	// Run runs until ctx is done and returns when nothing is left of it.
	Run(ctx context.Context, log *slog.Logger) error
}

// Main parses the command line, runs the program until SIGINT or SIGTERM, and
// returns the exit code.
func Main(name string, args []string, stdout, stderr io.Writer, p Program) int {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	p.Define(flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "Usage: %s [flags]\n", name)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return exitOK
	case err != nil:
		return misused(stderr, name, errors.New(failure.Line(err.Error())))
	case flags.NArg() > 0:
		return misused(stderr, name, fmt.Errorf("%s is not a flag; there are no other arguments", failure.Quote(flags.Arg(0))))
	}
	if err := p.Validate(); err != nil {
		return misused(stderr, name, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal finds its default again, and ends the process at once.
	context.AfterFunc(ctx, stop)
	log := slog.New(slog.NewTextHandler(stderr, nil))
	if err := p.Run(ctx, log); err != nil {
		log.Error("failed", "error", err)
		return exitFailed
	}
	return exitOK
}

func misused(stderr io.Writer, name string, err error) int {
	fmt.Fprintf(stderr, "%s: %v\n%s --help lists all flags\n", name, err, name)
	return exitUsage
}

// Listen listens on host:port.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	return listener, nil
}

// Serve serves on the listener and does the work beside it, until ctx is done or
// the server fails. It waits for both.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger, work func(ctx context.Context)) error {
	const grace = time.Second
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	var all sync.WaitGroup
	all.Go(func() { served <- server.Serve(listener) })
	all.Go(func() { work(ctx) })
	defer all.Wait()
	defer cancel() // before the wait

	select {
	case err := <-served:
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	// What follows is bounded by itself, after ctx has ended.
	ending, done := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer done()
	if err := server.Shutdown(ending); err != nil {
		return server.Close() // who still asks is cut off
	}
	return nil
}
