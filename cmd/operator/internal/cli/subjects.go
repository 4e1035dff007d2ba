package cli

import (
	"context"
	"sync"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/render"
	"github.com/operator-ratelimiter/operator-ratelimiter/host"
)

// maxLoading is how many plugins are started at the same time.
const maxLoading = 8

func (a *app) subjectsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "subjects",
		Short: "List the configured subjects, their versions, and whether each loads",
		Long: `List the subjects that operator.yaml configures. Each is loaded, which starts its
plugin and checks its configuration but contacts no system. One that does not
load does not stop the others.

TRUST is pinned where the plugin's binary must have the checksum in the lock file
(or in operator.yaml), and insecure where it is started whatever it is. One that
is unpinned is not started; 'operator pin' pins it.

Exit codes: 0 if all load, 1 if any does not.`,
		Args:              takes(0, ""),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := a.readConfig()
			if err != nil {
				return err
			}
			list := a.loadAll(cmd.Context(), config)
			p := a.printer()
			p.Subjects(list)
			if err := p.Flush(); err != nil {
				return err
			}
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			for _, l := range list {
				if l.Err != nil {
					return &ExitError{Code: exitFailed}
				}
			}
			return nil
		},
	}
}

// loadAll loads every subject, several at a time, and ends them again.
func (a *app) loadAll(ctx context.Context, config *host.Config) []render.Loaded {
	list := make([]render.Loaded, len(config.Subjects))
	slots := make(chan struct{}, maxLoading)
	var wg sync.WaitGroup
	for i, entry := range config.Subjects {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			list[i] = a.load(ctx, entry)
		})
	}
	wg.Wait()
	return list
}

func (a *app) load(ctx context.Context, entry host.Entry) render.Loaded {
	if a.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, a.timeout)
		defer cancel()
	}
	loaded := render.Loaded{Name: entry.Name, Plugin: entry.Plugin, Trust: entry.Trust()}
	if err := entry.Err; err != nil {
		loaded.Err = entry.Check() // with what is wrong in its config block
		return loaded
	}
	def, openErr, err := host.Describe(ctx, entry, a.logger())
	if err != nil {
		loaded.Err = err
		return loaded
	}
	loaded.Definition, loaded.Err = &def, openErr
	return loaded
}
