package prometheus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// startTimeout is how long a server may take to become ready on a busy machine.
const startTimeout = 30 * time.Second

// server is a real Prometheus on loopback.
type server struct {
	url  string // without a path
	cmd  *exec.Cmd
	exit chan struct{} // closed when the process has ended
	out  *bytes.Buffer // its log; to be read after exit
}

// startServer runs Prometheus in dir with the given configuration and waits
// until it is ready. Files maps further file names in dir to their content;
// extra are more flags. The caller ends it by stop.
func startServer(dir, config string, files map[string]string, client *http.Client, scheme string, extra ...string) (*server, error) {
	binary := os.Getenv("PROMETHEUS")
	if binary == "" {
		found, err := exec.LookPath("prometheus")
		if err != nil {
			return nil, errors.New("prometheus is not installed: run `make setup`, or set PROMETHEUS to its path")
		}
		binary = found
	}
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	// A free port may be taken before Prometheus binds it, so this is tried
	// again, on another one.
	var failed error
	for range 3 {
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		s, err := runServer(binary, dir, address, scheme, extra)
		if err != nil {
			return nil, err
		}
		if err = s.waitReady(client); err == nil {
			return s, nil
		}
		failed = errors.Join(err, s.stop(), errors.New(s.out.String()))
	}
	return nil, failed
}

func runServer(binary, dir, address, scheme string, extra []string) (*server, error) {
	s := &server{url: scheme + "://" + address, exit: make(chan struct{}), out: &bytes.Buffer{}}
	args := append([]string{
		"--config.file=" + filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path=" + filepath.Join(dir, "data"),
		"--web.listen-address=" + address,
		"--log.level=warn",
	}, extra...)
	s.cmd = exec.CommandContext(context.Background(), binary, args...)
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr, s.cmd.SysProcAttr = dir, s.out, s.out, withParent()
	started := make(chan error)
	go func() {
		// The kernel ties the child to the thread that started it, which must
		// therefore not go away before the child does.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		started <- err
		if err == nil {
			_ = s.cmd.Wait()
		}
		close(s.exit)
	}()
	return s, <-started
}

func (s *server) waitReady(client *http.Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/-/ready", nil)
		if err != nil {
			return err
		}
		if resp, err := client.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.exit:
			return errors.New("prometheus ended before it was ready")
		case <-ctx.Done():
			return errors.New("prometheus did not become ready in time")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends the process, by force if it must, and waits for it.
func (s *server) stop() error {
	_ = s.signal(syscall.SIGCONT)
	_ = s.signal(syscall.SIGTERM)
	select {
	case <-s.exit:
		return nil
	case <-time.After(startTimeout):
	}
	err := s.signal(syscall.SIGKILL)
	<-s.exit
	return errors.Join(errors.New("prometheus had to be killed"), err)
}

func (s *server) signal(sig syscall.Signal) error {
	if err := s.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("signal %s: %w", sig, err)
	}
	return nil
}

func freeAddress() (string, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
