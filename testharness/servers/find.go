// Package servers finds the real servers that tests and demonstrations run on,
// and starts them on free ports.
//
// A test of how a hung Redis looks from outside needs a Redis that can be hung.
// So there are no stand-ins here: a server is found by the environment variable
// that names it, else in PATH, and where it is in neither place the error says
// how to get it.
package servers

import (
	"fmt"
	"os"
	"os/exec"
)

// Redis returns the path of redis-server: $REDIS_SERVER, else the one in PATH.
// Where there is none the error is a [*MissingError].
func Redis() (string, error) { return find("redis-server", "REDIS_SERVER") }

// Prometheus returns the path of prometheus: $PROMETHEUS, else the one in PATH.
// Where there is none the error is a [*MissingError].
func Prometheus() (string, error) { return find("prometheus", "PROMETHEUS") }

// MissingError says that a server could not be found.
type MissingError struct {
	// Command is the server's command name.
	Command string
	// Variable is the environment variable that may name its path.
	Variable string
	// Named is the variable's value, "" where it is not set.
	Named string
	// Err is why it cannot be used.
	Err error
}

// Error says what is missing and what to do.
func (e *MissingError) Error() string {
	if e.Named != "" {
		return fmt.Sprintf("%s=%q cannot be run (%v): set it to the path of %s, or unset it", e.Variable, e.Named, e.Err, e.Command)
	}
	return fmt.Sprintf("no %s in PATH: run `make setup` to install it, or set %s to its path", e.Command, e.Variable)
}

// Unwrap returns why the server cannot be used.
func (e *MissingError) Unwrap() error { return e.Err }

// find prefers the variable, and holds to it: who names a server wants that one,
// not another.
func find(command, variable string) (string, error) {
	named := os.Getenv(variable)
	wanted := named
	if wanted == "" {
		wanted = command
	}
	path, err := exec.LookPath(wanted)
	if err != nil {
		return "", &MissingError{Command: command, Variable: variable, Named: named, Err: err}
	}
	return path, nil
}
