package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// machine is where it was measured. What is not known is empty.
type machine struct {
	Cores     int    `json:"cores"`
	Processor string `json:"processor,omitempty"`
	Kernel    string `json:"kernel,omitempty"`
	MemoryMB  int    `json:"memory_mb,omitempty"`
}

// String is the machine in a line.
func (m machine) String() string {
	parts := []string{fmt.Sprintf("%d cores", m.Cores)}
	if m.Processor != "" {
		parts[0] += " (" + m.Processor + ")"
	}
	if m.MemoryMB > 0 {
		parts = append(parts, fmt.Sprintf("%s MB", thousands(m.MemoryMB)))
	}
	if m.Kernel != "" {
		parts = append(parts, m.Kernel)
	}
	return strings.Join(parts, ", ")
}

// versions are of what was measured with. What is not there is empty.
type versions struct {
	Go         string `json:"go"`
	Redis      string `json:"redis,omitempty"`
	Prometheus string `json:"prometheus,omitempty"`
	Exporter   string `json:"redis_exporter,omitempty"`
}

// String is the versions in a line.
func (v versions) String() string {
	parts := []string{v.Go}
	if v.Redis != "" {
		parts = append(parts, "Redis "+v.Redis)
	}
	if v.Prometheus != "" {
		parts = append(parts, "Prometheus "+v.Prometheus)
	}
	if v.Exporter != "" {
		parts = append(parts, "redis_exporter "+v.Exporter)
	}
	return strings.Join(parts, ", ")
}

func thisMachine(ctx context.Context) machine {
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	memory, _ := os.ReadFile("/proc/meminfo")
	var kib int
	_, _ = fmt.Sscan(valueIn(string(memory), "MemTotal"), &kib)
	return machine{
		Cores: runtime.NumCPU(), Processor: valueIn(string(cpu), "model name"), MemoryMB: kib / 1024,
		Kernel: said(ctx, "uname", "-srm"),
	}
}

// valueIn is what a file in /proc says of a name, the first time.
func valueIn(text, name string) string {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func theseVersions(ctx context.Context) versions {
	return versions{
		Go:         runtime.Version(),
		Redis:      wordAfter(said(ctx, orElse("REDIS_SERVER", "redis-server"), "--version"), "v="),
		Prometheus: wordAfter(said(ctx, orElse("PROMETHEUS", "prometheus"), "--version"), "version "),
		Exporter:   moduleVersion(orElse("REDIS_EXPORTER", filepath.Join(".tools", "bin", "redis_exporter"))),
	}
}

// moduleVersion is that of the module that a program was built of; empty where
// there is no such program, or it does not tell.
func moduleVersion(path string) string {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}

// wordAfter is the word that follows a mark, without a comma after it.
func wordAfter(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	word, _, _ := strings.Cut(rest, " ")
	return strings.TrimSuffix(word, ",")
}

func orElse(variable, name string) string {
	if path := os.Getenv(variable); path != "" {
		return path
	}
	return name
}

// thisCommit is the commit that is checked out, and whether there is more.
func thisCommit(ctx context.Context) string {
	commit := said(ctx, "git", "rev-parse", "--short=12", "HEAD")
	switch {
	case commit == "":
		return "unknown"
	case said(ctx, "git", "status", "--porcelain") != "":
		return commit + " and changes"
	default:
		return commit
	}
}

// said is the first line that a program prints, empty if there is none.
func said(ctx context.Context, name string, args ...string) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput() //nolint:gosec // the programs are this project's tools
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line)
}
