package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes, as the root command's help explains them. check has meanings
// of its own for 1 and 2.
const (
	exitDone          = 0
	exitFailed        = 1
	exitUsage         = 2
	exitNoObservation = 3
	exitNotApproved   = 4
	exitEffectUnknown = 5
	exitEffectApplied = 6
	exitInterrupted   = 130

	checkBroken  = 1
	checkUnknown = 2
)

// An ExitError ends the program with a code of its own.
type ExitError struct {
	Code int
	// Err is what to print, nil for nothing.
	Err error
}

// Error is that of Err.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns Err.
func (e *ExitError) Unwrap() error { return e.Err }

// usage is the error of a wrong command line.
func usage(cmd *cobra.Command, format string, args ...any) error {
	return usageError(cmd, fmt.Errorf(format, args...))
}

func usageError(cmd *cobra.Command, err error) *ExitError {
	code := exitUsage
	if cmd.Name() == checkName {
		code = exitNoObservation // 2 says something else there
	}
	text := strings.TrimRight(err.Error(), "\n")
	return &ExitError{Code: code, Err: fmt.Errorf("%s\nRun '%s --help' for how it is used.", text, cmd.CommandPath())} //nolint:revive,staticcheck // it is two sentences for a person
}

// noObservation is the error of a command that got no observation.
func noObservation(err error) error { return &ExitError{Code: exitNoObservation, Err: err} }
