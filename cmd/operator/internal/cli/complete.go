package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/render"
	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/schema"
	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// completeTimeout is how long a person who pressed Tab is kept waiting for a
// plugin to say what its actions are.
const completeTimeout = 2 * time.Second

// completeSubject completes a command's only argument.
func (a *app) completeSubject(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	config, err := a.readConfig()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return config.Names(), cobra.ShellCompDirectiveNoFileComp
}

// completeSubjects completes any number of subjects, each once.
func (a *app) completeSubjects(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	names, directive := a.completeSubject(cmd, nil, toComplete)
	return slices.DeleteFunc(names, func(name cobra.Completion) bool { return slices.Contains(args, name) }), directive
}

// completeAct completes a subject, its actions, and their parameters' names.
func (a *app) completeAct(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return a.completeSubject(cmd, args, toComplete)
	}
	def, ok := a.definition(cmd.Context(), args[0])
	if !ok {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []cobra.Completion
	if len(args) == 1 {
		for _, spec := range def.Actions {
			out = append(out, cobra.CompletionWithDesc(spec.Name, render.Prose(spec.Summary)))
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
	if strings.Contains(toComplete, "=@") {
		return nil, cobra.ShellCompDirectiveDefault // a file's name
	}
	spec, _ := def.Action(args[1])
	params, err := schema.Parse(spec.Params)
	if err != nil || strings.Contains(toComplete, "=") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, p := range params.Properties() {
		if !given(args[2:], p.Name) {
			out = append(out, cobra.CompletionWithDesc(p.Name+"=", render.Prose(p.Schema.Description())))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// given tells whether a parameter is among the arguments.
func given(args []string, name string) bool {
	for _, arg := range args {
		key, _, _ := strings.Cut(arg, "=")
		if strings.TrimSuffix(key, ":") == name {
			return true
		}
	}
	return false
}

func (a *app) definition(ctx context.Context, name string) (protocol.Definition, bool) {
	ctx, cancel := context.WithTimeout(ctx, a.completeWithin)
	defer cancel()
	config, err := a.readConfig()
	if err != nil {
		return protocol.Definition{}, false
	}
	entry, err := config.Entry(name)
	if err != nil {
		return protocol.Definition{}, false
	}
	def, _, err := host.Describe(ctx, entry, nil) // what it logs would end up on the prompt
	return def, err == nil
}
