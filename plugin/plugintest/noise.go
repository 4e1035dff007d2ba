package plugintest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// lifelineFile is the descriptor that plugins are given beyond the usual three.
const lifelineFile = 3

// noisy are options that start this executable as the plugin, with the plugin
// behind it.
func noisy(ctx context.Context, opts plugin.Options) (plugin.Options, error) {
	path, err := plugin.Resolve(opts.Path)
	if err != nil {
		return opts, err
	}
	cmd, err := again(ctx, roleNoise)
	if err != nil {
		return opts, err
	}
	opts.SHA256 = "" // that of another file
	opts.Path = cmd.Path
	opts.Env = append(slices.Clone(opts.Env), roleVariable+"="+roleNoise, pathVariable+"="+path)
	return opts, nil
}

// beNoise runs a plugin and hands on its standard output, with noise after the
// first line.
func beNoise(ctx context.Context, path string, args []string) error {
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // the plugin that is to be tried
	cmd.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool {
		return strings.HasPrefix(entry, roleVariable+"=") || strings.HasPrefix(entry, pathVariable+"=")
	})
	cmd.Stderr = os.Stderr
	if os.Getenv("OPERATOR_SUBJECT_LIFELINE") != "" {
		cmd.ExtraFiles = []*os.File{os.NewFile(lifelineFile, "lifeline")}
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadString('\n')
	if err == nil || errors.Is(err, io.EOF) {
		_, err = io.WriteString(os.Stdout, first)
	}
	if err == nil {
		err = noise(os.Stdout)
	}
	_, copyErr := io.Copy(os.Stdout, lines)
	return errors.Join(err, copyErr, cmd.Wait())
}

// noise is what careless programs print, and what hostile ones may.
func noise(w io.Writer) error {
	long := strings.Repeat("x", 1<<10)
	for range 256 {
		if _, err := io.WriteString(w, long); err != nil {
			return err
		}
	}
	for n := range 2000 {
		if _, err := fmt.Fprintf(w, "\nline %d \x1b[31m\x00\xff 1|1|unix|/nowhere|grpc|", n); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "\n{\"@message\":5}\n")
	return err
}
