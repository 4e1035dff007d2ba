package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hashicorp/go-plugin/runner"
)

var _ runner.Runner = (*process)(nil)

// Start implements runner.Runner.
func (p *process) Start(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	started := make(chan error, 1)
	p.work.Go(func() { p.live(started) })
	return <-started
}

// Wait implements runner.Runner. go-plugin calls it once, after standard output
// and standard error have ended, which for go-plugin they do at once.
func (p *process) Wait(context.Context) error {
	<-p.exited
	if status, _ := p.ending(); status != "exit status 0" {
		return errors.New(status)
	}
	return nil
}

// Kill implements runner.Runner. go-plugin calls it when there was no handshake,
// because the process has ended or for another reason: which of them it is tells
// the process's end, a moment after that of its output, if it is not killed.
func (p *process) Kill(context.Context) error {
	waitFor(p.exited, 2*maxDrain)
	return p.kill()
}

// ID implements runner.Runner.
func (p *process) ID() string {
	if pid := p.pid(); pid != 0 {
		return strconv.Itoa(pid)
	}
	return ""
}

// Name implements runner.Runner.
func (p *process) Name() string { return p.opts.Path }

// Stdout implements runner.Runner: the first line of it.
func (p *process) Stdout() io.ReadCloser { return p.stdout }

// Stderr implements runner.Runner: nothing. A record such as {"@message":5}
// would make go-plugin panic, and with it the host.
func (p *process) Stderr() io.ReadCloser { return http.NoBody }

// Diagnose implements runner.Runner: what to tell when there was no handshake.
func (p *process) Diagnose(context.Context) string {
	return "is it a subject plugin, built for this machine?"
}

// PluginToHost implements runner.Runner: both share one file system. The host
// connects to a socket in the directory that it has made for it, and to nothing
// else that a plugin might name.
func (p *process) PluginToHost(network, address string) (string, string, error) {
	line := p.stdout.line()
	if err := handshakeError(line, !p.opts.DisableMTLS); err != nil {
		return "", "", err
	}
	// go-plugin would panic, and with it the host: it has nowhere to put a
	// certificate that it has not asked for.
	if parts := strings.Split(line, "|"); p.opts.DisableMTLS && len(parts) > 5 && parts[5] != "" {
		return "", "", errors.New("it offers a certificate, and is to be spoken to without mutual TLS (mtls: false): start it with")
	}
	if !unixSockets {
		return network, address, nil
	}
	p.mu.Lock()
	dir := p.socketDir
	p.mu.Unlock()
	if network != "unix" || filepath.Dir(filepath.Clean(address)) != filepath.Clean(dir) {
		return "", "", fmt.Errorf("it listens at %s %.100q, and must listen at a unix socket in the directory that PLUGIN_UNIX_SOCKET_DIR names", printable(network), address)
	}
	if info, err := os.Lstat(address); err != nil || info.Mode().Type() != os.ModeSocket {
		return "", "", fmt.Errorf("it listens at unix %.100q, where there is no socket", address)
	}
	return network, address, nil
}

// HostToPlugin implements runner.Runner.
func (p *process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
