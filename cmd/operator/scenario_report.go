package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/cli"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/report"
)

// A formatFlag is the value of -o.
type formatFlag string

// Set implements pflag.Value.
func (f *formatFlag) Set(s string) error {
	if !slices.Contains(formatNames(), s) {
		return fmt.Errorf("want one of %s", strings.Join(formatNames(), ", "))
	}
	*f = formatFlag(s)
	return nil
}

// String implements pflag.Value.
func (f *formatFlag) String() string {
	if *f == "" {
		return string(report.Formats()[0])
	}
	return string(*f)
}

// Type implements pflag.Value.
func (f *formatFlag) Type() string { return "format" }

func formatNames() []string {
	formats := report.Formats()
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	return names
}

// reportFiles are the files of --report. They are opened before anything runs: an
// hour of scenarios is not lost to a wrong path.
type reportFiles []*os.File

func (p play) openReports() (reportFiles, error) {
	var files reportFiles
	for _, name := range p.flags.reports {
		file, err := os.Create(name) //nolint:gosec // the user has named it
		if err != nil {
			files.close()
			return nil, &cli.ExitError{Code: scenarioUsage, Err: fmt.Errorf("write the report: %w", err)}
		}
		files = append(files, file)
	}
	return files, nil
}

// close closes what write has not.
func (files reportFiles) close() {
	for _, f := range files {
		_ = f.Close()
	}
}

// write writes the report to standard output and into the files.
func (files reportFiles) write(r report.Report, p play) error {
	err := r.Write(p.streams.Out, report.Format(p.flags.output.String()), report.Options{
		Color: p.coloured(p.cmd), Width: p.streams.Width,
	})
	for i, f := range files {
		format, formatErr := report.FormatOf(p.flags.reports[i])
		err = errors.Join(err, formatErr, r.Write(f, format, report.Options{}), f.Close())
	}
	return err
}
