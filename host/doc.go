// Package host is what an operator's host does with subjects, whatever they
// are: it reads which ones there are from a configuration file, loads their
// plugins, and watches them.
//
//	config, err := host.ReadConfig("operator.yaml", os.LookupEnv)
//	...
//	entry, err := config.Entry("orders")
//	...
//	subject, err := host.Load(ctx, entry, logger)
//	...
//	defer subject.Close()
//	observation, err := subject.Observe(ctx)
//
// # The configuration file
//
// The file is YAML. It names each subject as people type it, its plugin, and
// the block that is the subject's own:
//
//	subjects:
//	  orders:
//	    plugin: bin/operator-subject-queue  # a path from this file's folder; without a slash: from PATH
//	    args: []                            # the plugin's arguments
//	    env: [AWS_PROFILE, DEBUG=1]         # added to the few variables that a plugin gets
//	    interval: 5s                        # how often Watch looks
//	    timeout: 10s                        # deadline of one observation or action
//	    config:
//	      url: ${QUEUE_URL}
//	      retries: ${RETRIES:-3}
//
// ${NAME} in a value is the environment's variable, ${NAME:-default} has a
// default for when it is unset or empty, and $$ is a dollar sign. That happens
// after the YAML was parsed, so that no variable can change the document's
// structure. The result is text, except where an unquoted value is nothing but
// one ${...} and expands to a JSON number, true or false: then it is that
// number or boolean. In quotes it is always text.
//
// Whatever is wrong is reported at once, each with file, line, column and path
// of its field, and also what only the subject can know to be wrong. What came
// from the environment is never shown.
//
// # Watching
//
// [Watch] observes in a loop and reports what changed: tickets that began to
// pend, fired or were resolved, invariants that became unknown. A plugin that
// dies is started again; see [Watch] for what is then still believed.
package host
