package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/render"
	"github.com/operator-ratelimiter/operator-ratelimiter/host"
)

const pinLong = `Vouch for the plugins' binaries as they are now: write the SHA-256 of each into the
lock file, after which no other binary is started in its place. No plugin is
started for it. Pin what you have built yourself, or whose checksum you have
compared with its publisher's.

The lock file is beside operator.yaml and named after it: operator.lock.yaml, to be
committed together with it. It has the checksums by platform: pinning on one keeps
those of the others, until the plugin's path in operator.yaml changes. With --all,
subjects that operator.yaml does not have any more are removed.

A subject with a sha256 of its own in operator.yaml is compared with that one, which
is yours to correct. One that is "insecure: true" can be pinned too, and stays
unchecked until that is removed.

With --check nothing is written, and the exit code tells whether anything would be.

Exit codes:
  0  everything is pinned; with --check, it was already
  1  something could not be pinned, and the others are; with --check, a pin is
     missing or differs
  2  the command line is wrong`

func (a *app) pinCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pin SUBJECT... | --all",
		Short: "Pin plugins' binaries by their checksums, which they need to be started",
		Long:  pinLong,
		Example: `  operator pin --all
  operator pin SUBJECT --check`,
		ValidArgsFunction: a.completeSubjects,
	}
	output := addFormat(cmd, "text", "json")
	all := cmd.Flags().Bool("all", false, "pin every subject of the configuration")
	check := cmd.Flags().Bool("check", false, "write nothing, tell by the exit code whether all is pinned")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case *all && len(args) > 0:
			return usage(cmd, "give subjects or --all, not both")
		case !*all && len(args) == 0:
			return usage(cmd, "pin needs a SUBJECT, or --all; 'operator subjects' lists the subjects")
		}
		config, err := a.readConfig()
		if err != nil {
			return err
		}
		pins, err := config.Pin(cmd.Context(), args...)
		if err != nil {
			return err
		}
		return a.pin(pins, *check, output.value)
	}
	return cmd
}

// pin writes the pins, unless they are only to be checked, and says so.
func (a *app) pin(pins *host.Pins, check bool, output string) error {
	changes := pins.Changes()
	if pins.Repaired != nil {
		_, _ = fmt.Fprintf(a.streams.Err, "operator: what is wrong in the lock file is not kept; see that nothing is missed, such as another platform's checksums: %s\n",
			render.Lines(pins.Repaired.Error()))
	}
	if !check {
		if err := pins.Write(); err != nil {
			return err
		}
	}
	if err := a.showPins(pins, check, output); err != nil {
		return err
	}
	failed := slices.ContainsFunc(pins.List, func(pin host.Pin) bool { return pin.Err != nil })
	switch {
	case check && changes:
		return &ExitError{Code: exitFailed, Err: errors.New("the lock file is not what pinning would make it; see what has changed, then run the command without --check")}
	case failed:
		return &ExitError{Code: exitFailed}
	}
	return nil
}

// pinned is one pin as JSON has it.
type pinned struct {
	Subject string `json:"subject"`
	Plugin  string `json:"plugin"`
	// Change is null where the subject cannot be pinned.
	Change   *host.PinChange `json:"change"`
	Old      string          `json:"old,omitempty"`
	New      string          `json:"new,omitempty"`
	Insecure bool            `json:"insecure"`
	InConfig bool            `json:"in_config"`
	Error    string          `json:"error,omitempty"`
}

func (a *app) showPins(pins *host.Pins, check bool, output string) error {
	wrote := pins.Changes() && !check
	if output == "json" {
		doc := struct {
			LockFile string   `json:"lock_file"`
			Platform string   `json:"platform"`
			Written  bool     `json:"written"`
			Pins     []pinned `json:"pins"`
		}{pins.File, host.Platform(), wrote, []pinned{}}
		for _, pin := range pins.List {
			p := pinned{
				Subject: pin.Subject, Plugin: pin.Plugin, Change: &pin.Change, Old: pin.Old, New: pin.New,
				Insecure: pin.Insecure, InConfig: pin.InConfig,
			}
			if pin.Err != nil {
				p.Change, p.Error = nil, pin.Err.Error()
			}
			doc.Pins = append(doc.Pins, p)
		}
		return a.json(doc, "  ")
	}
	p := a.printer()
	p.Pins(pins.List)
	if err := p.Flush(); err != nil || !wrote {
		return err
	}
	if _, err := fmt.Fprintf(a.streams.Out, "\nWritten to %s, for %s. Commit it.\n", render.Prose(pins.File), host.Platform()); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
