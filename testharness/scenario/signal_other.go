//go:build !unix

package scenario

import (
	"errors"
	"fmt"
)

func suspend(int) error { return fmt.Errorf("stop a process: %w", errors.ErrUnsupported) }

func resume(int) error { return fmt.Errorf("resume a process: %w", errors.ErrUnsupported) }
