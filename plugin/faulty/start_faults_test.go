//go:build linux

package faulty_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// startFaults are what a program does that is no plugin, or that is one and
// does not get as far as its handshake.
func startFaults() map[string]fault {
	return map[string]fault{
		"exits_at_start": {
			reason: "What it said is why.",
			run: func() int {
				fmt.Fprintln(os.Stderr, "cannot read \x1b[31mtank.conf")
				return 3
			},
			code: protocol.Unavailable, want: []string{"exit status 3", "cannot read", "tank.conf"},
		},
		"panics_at_start": {
			reason: "The panic is why.",
			run:    func() int { panic("no water") },
			code:   protocol.Unavailable, want: []string{"exit status 2", "panic: no water"},
		},
		"killed_at_start": {
			reason: "As the kernel does it that is out of memory.",
			run:    killSelf,
			code:   protocol.Unavailable, want: []string{"signal: killed"},
		},
		"stopped_at_start": {
			reason: "A stopped process answers nothing, and ends by nothing but SIGKILL.",
			run: func() int {
				stopSelf()
				return 1
			},
			start: time.Second,
			code:  protocol.DeadlineExceeded, want: []string{"not ready"},
		},
		"silent_at_start": {
			reason: "No handshake ever comes.",
			run:    forever,
			start:  time.Second,
			code:   protocol.DeadlineExceeded, want: []string{"not ready"},
		},
		"stdout_closed": {
			reason: "Nor can one come.",
			run: func() int {
				_ = os.Stdout.Close()
				return forever()
			},
			start: time.Second,
			code:  protocol.Unavailable, want: []string{"is it a subject plugin"},
		},
		"junk_text": {
			reason: "A program that greets.",
			run:    prints("Welcome to \x1b[31mtank\x00, version 1\n"),
			code:   protocol.Unavailable, want: []string{`begin with a handshake but with "Welcome to \x1b[31mtank\x00, version 1"`},
		},
		"junk_binary": {
			reason: "A program that prints no text.",
			run:    prints("\x7fELF\xff\xfe|||\x00\x9b2J\n"),
			code:   protocol.Unavailable, want: []string{`but with "\x7fELF`, `|||\x00`},
		},
		"junk_unended": {
			reason: "A program that asks for something.",
			run:    prints("Password: "),
			start:  time.Second,
			code:   protocol.DeadlineExceeded, want: []string{`but with "Password:"`},
		},
		"junk_megabyte": {
			reason: "A line of a megabyte, no end of which is waited for.",
			run:    func() int { return prints(strings.Repeat("y", 1<<20))() },
			code:   protocol.Unavailable, want: []string{`but with "yyyy`},
		},
		"junk_flood": {
			reason: "A program that prints without end.",
			run: func() int {
				for line := strings.Repeat("y", 1<<16); ; {
					fmt.Print(line)
				}
			},
			code: protocol.Unavailable, want: []string{`but with "yyyy`}, loud: true,
		},
	}
}

// prints prints a text and stays.
func prints(text string) func() int {
	return func() int {
		fmt.Print(text)
		return forever()
	}
}

// killSelf is the end by the kernel.
func killSelf() int {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	return forever()
}

// stopSelf stops this process until somebody continues it, which is noticed by
// one thread after the other.
func stopSelf() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	select {}
}
