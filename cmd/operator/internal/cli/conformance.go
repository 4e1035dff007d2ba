package cli

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/render"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/plugintest"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

const conformanceLong = `Try whether a plugin keeps the promises of the contract: run the conformance suite
and the checks of its process against the binary at PATH.

PATH is started as it is, pinned or not: this is what one does before pinning it.
Its checksum is told, so that what was tried is what is pinned.

FILE says what there is to be tried on. The plugin's system must be one that nobody
else uses meanwhile:

  THE ACTIONS IN FILE ARE REALLY CARRIED OUT, and more than once.

Without FILE only what needs no system is tried, and the rest fails, as does every
declared action that FILE has no example of.

  args: [--verbose]         # of the plugin; env, too: NAME=value, or NAME to pass on
  mtls: true                # false for a plugin that does no TLS
  config: {url: "http://127.0.0.1:8080"}   # leads to a running system
  down: {url: "http://127.0.0.1:1"}        # leads to nobody
  hang: {url: "http://127.0.0.1:2"}        # leads to somebody who never answers
  wrong:                    # what the plugin has to refuse, and the fields to name
    - {name: no url, config: {}, paths: [url]}
  setup: [./start.sh]       # commands: a list of words, run in FILE's directory;
  teardown: [./stop.sh]     # these two before and after everything
  probe: [./show.sh]        # what it prints is equal if the system is the same
  actions:
    restart:
      params: {node: n1}
      before: [./break.sh]  # brings the system to where the action changes it
      probe: [./show.sh]    # instead of the other
  timeout: 60s              # of one check; slack, start_timeout, close_timeout:
                            # how late an answer may be, how long start and end take

Everything but config is optional, and so is that for a plugin that needs none.

The plugin's log is shown if --log-level is given.

Exit codes:
  0  every check passed, or does not apply
  1  at least one failed
  2  the command line is wrong
  3  nothing could be tried: FILE is wrong, or the plugin does not start
  130  interrupted`

func (a *app) conformanceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "conformance PATH",
		Short: "Try whether a plugin keeps the contract's promises",
		Long:  conformanceLong,
		Example: `  operator conformance bin/operator-subject-orders --config conformance.yaml
  operator conformance ./plugin --config conformance.yaml -o junit >conformance.xml
  operator conformance ./plugin --only process`,
		Args: takesPath,
	}
	output := addFormat(cmd, "text", "junit", "json")
	// Hides the flag of the same name that is operator.yaml's.
	file := cmd.Flags().String("config", "", "what there is to be tried on: a `file`")
	only := cmd.Flags().StringArray("only", nil, "run only the `check` of this name, or all of its group; may be repeated")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		trial := &conformance{app: a, output: output.value, only: *only, path: args[0]}
		if cmd.Flags().Changed("log-level") {
			trial.log = a.logger().With("plugin", args[0])
		}
		if *file != "" {
			var err error
			if trial.file, err = readConformanceFile(*file); err != nil {
				return noObservation(err)
			}
		}
		return trial.run(cmd.Context())
	}
	return cmd
}

func takesPath(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usage(cmd, "conformance needs a PATH: that of a plugin's binary")
	case len(args) > 1:
		return usage(cmd, "conformance takes a PATH and no more, not also %q; a plugin's arguments belong in FILE", args[1])
	}
	return nil
}

// A conformance is one run of the command.
type conformance struct {
	app    *app
	output string
	only   []string
	path   string
	sum    string // the binary's checksum
	file   conformanceFile
	// log is the plugin's, nil for nowhere: some checks kill it, or hand it what
	// it has to complain about.
	log *slog.Logger
}

func (c *conformance) run(ctx context.Context) error {
	tried, err := c.tried(ctx)
	if err != nil {
		return loadFailed(ctx, err)
	}
	defer func() { // also of what was set up in part
		if downErr := c.file.command(context.WithoutCancel(ctx), "teardown", c.file.teardown); downErr != nil {
			c.app.logger().Error("the teardown failed", "error", downErr)
		}
	}()
	if err := c.file.command(ctx, "setup", c.file.setup); err != nil {
		return loadFailed(ctx, err)
	}
	p := c.app.printer()
	progress := func(subjecttest.Result) {}
	if c.output == "text" {
		p.ConformanceHead(tried)
		progress = func(r subjecttest.Result) {
			if ctx.Err() != nil {
				return // what an interrupt has kept from being tried is no failure
			}
			p.ConformanceResult(r)
			_ = p.Flush() // the error is that of the last one
		}
		if err := p.Flush(); err != nil {
			return err
		}
	}
	began := time.Now()
	report := subjecttest.Run(ctx, c.suite(), func(r subjecttest.Result) { progress(forFile(r)) })
	for i, r := range report.Results {
		report.Results[i] = forFile(r)
	}
	tried.Took = time.Since(began)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := c.show(p, tried, report); err != nil {
		return err
	}
	switch {
	case len(report.Results) == 0:
		return noObservation(fmt.Errorf("there is no check %s", strings.Join(c.only, ", ")))
	case !report.OK():
		return &ExitError{Code: exitFailed}
	}
	return nil
}

// forFile says by the names of FILE's fields what the suite says by those of its
// own.
func forFile(r subjecttest.Result) subjecttest.Result {
	r.Message = suiteFields.Replace(r.Message)
	return r
}

var suiteFields = strings.NewReplacer(
	"Suite.Config", "FILE's config", "Suite.Down", "FILE's down", "Suite.Wrong", "FILE's wrong",
	"Suite.Probe", "FILE's probe", "Suite.Actions", "FILE's actions", "].Params", "].params", "].Before", "].before",
)

func (c *conformance) show(p *render.Printer, tried render.Tried, report subjecttest.Report) error {
	switch c.output {
	case "json":
		return c.app.json(tried.Document(report), "  ")
	case "junit":
		p.ConformanceJUnit(tried, report)
	default:
		p.ConformanceSum(tried, report)
	}
	return p.Flush()
}

// tried says what is going to be, having seen that it starts.
func (c *conformance) tried(ctx context.Context) (render.Tried, error) {
	path, err := plugin.Resolve(c.path)
	if err != nil {
		return render.Tried{}, err
	}
	if c.sum, err = plugin.Checksum(path); err != nil {
		return render.Tried{}, err
	}
	instance, err := plugin.Launch(ctx, c.options())
	if err != nil {
		return render.Tried{}, err
	}
	def := instance.Definition()
	if err := instance.Close(); err != nil {
		c.app.logger().Warn("the plugin did not end well", "error", err)
	}
	return render.Tried{Path: path, SHA256: c.sum, Subject: def.Name, Version: def.Version, File: c.file.path}, nil
}

func (c *conformance) options() plugin.Options {
	return plugin.Options{
		Path:         c.path,
		SHA256:       c.sum, // what was told is what is tried
		Args:         c.file.args,
		Env:          c.file.env,
		Logger:       c.log,
		StartTimeout: c.file.startTimeout,
		CloseTimeout: c.file.closeTimeout,
		DisableMTLS:  c.file.withoutMTLS,
	}
}

func (c *conformance) suite() subjecttest.Suite {
	opts := c.options()
	suite := subjecttest.Suite{
		Start:   plugintest.Binary(opts),
		Config:  c.file.config,
		Down:    c.file.down,
		Hang:    c.file.hang,
		Wrong:   c.file.wrong,
		Actions: c.file.examples(),
		Extra:   plugintest.ProcessChecks(opts),
		Timeout: c.file.timeout,
		Slack:   c.file.slack,
	}
	if len(c.file.probe) > 0 {
		suite.Probe = c.file.probing(c.file.probe)
	}
	if len(c.only) > 0 {
		suite.Only = func(check subjecttest.Check) bool {
			return slices.ContainsFunc(c.only, func(name string) bool {
				rest, ok := strings.CutPrefix(check.Name, name)
				return ok && (rest == "" || rest[0] == '/')
			})
		}
	}
	return suite
}
