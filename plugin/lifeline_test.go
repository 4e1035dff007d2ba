//go:build unix

package plugin_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
)

// The end of the lifeline alone ends a plugin, connected or not, and the
// directory of its socket goes with it.
func TestLifeline(t *testing.T) {
	tests := map[string]struct {
		reason  string
		config  fakeConfig
		connect bool
		want    []string // in the diary
		code    int
	}{
		"NeverConnected": {"A host that died before it had connected.", fakeConfig{}, false, nil, 0},
		"Configured":     {"The subject is closed.", fakeConfig{}, true, []string{"opened", "closed"}, 0},
		"HangsInClose":   {"But not waited for.", fakeConfig{Close: "hang"}, true, []string{"opened", "closing"}, 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			tc.config.Diary = diary(t)
			bare := startBare(t)
			if tc.connect {
				service, conn := bare.dial(t)
				defer func() { _ = conn.Close() }()
				if _, err := service.Configure(within(t, patience), &subjectv1.ConfigureRequest{Config: tc.config.json()}); err != nil {
					t.Fatal(err)
				}
			}
			start := time.Now()
			if err := bare.lifeline.Close(); err != nil {
				t.Fatal(err)
			}
			_ = bare.cmd.Wait()
			if took := time.Since(start); took > 3*orphanBound { // the machine is shared
				t.Errorf("%s: took %s", tc.reason, took)
			}
			compare(t, "exit code", tc.code, bare.cmd.ProcessState.ExitCode())
			compare(t, tc.reason, tc.want, entries(t, tc.config.Diary), cmpopts.EquateEmpty())
			if _, err := os.Stat(filepath.Dir(bare.sockets)); tc.code == 0 && !os.IsNotExist(err) {
				t.Errorf("the directory of the socket: %v", err)
			}
		})
	}
}

// While the lifeline holds, connections come and go.
func TestReconnect(t *testing.T) {
	bare := startBare(t)
	for i := range 2 {
		if i > 0 {
			time.Sleep(2500 * time.Millisecond) // longer than a plugin without a lifeline waits for its host
		}
		service, conn := bare.dial(t)
		if _, err := service.Describe(within(t, patience), &subjectv1.DescribeRequest{}); err != nil {
			t.Error(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A barePlugin is a plugin with no other host than the test.
type barePlugin struct {
	cmd      *exec.Cmd
	lifeline *os.File
	sockets  string
	address  string
}

func startBare(t *testing.T) *barePlugin {
	t.Helper()
	dir := filepath.Join(os.TempDir(), "operator-abcdef") // t.TempDir() is too long for a socket
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	b := &barePlugin{sockets: filepath.Join(dir, "plugin-dir1")}
	if err := os.MkdirAll(b.sockets, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(b.sockets), "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	its, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	b.lifeline = ours
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	b.cmd = exec.CommandContext(ctx, os.Args[0])
	b.cmd.Env = append(os.Environ(), append(pluginOptions().Env, plugin.Cookie(), "PLUGIN_PROTOCOL_VERSIONS=1",
		"PLUGIN_UNIX_SOCKET_DIR="+b.sockets, "OPERATOR_SUBJECT_LIFELINE=3")...)
	b.cmd.ExtraFiles, b.cmd.Stderr = []*os.File{its}, t.Output()
	stdout, err := b.cmd.StdoutPipe()
	if err == nil {
		err = b.cmd.Start()
	}
	_ = its.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = ours.Close()
		_ = b.cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	parts := strings.Split(line, "|")
	if err != nil || len(parts) < 4 {
		t.Fatalf("got %q, %v for a handshake", line, err)
	}
	b.address = parts[3]
	return b
}

func (b *barePlugin) dial(t *testing.T) (subjectv1.SubjectServiceClient, *grpc.ClientConn) {
	t.Helper()
	conn, err := grpc.NewClient("unix:"+b.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	return subjectv1.NewSubjectServiceClient(conn), conn
}
