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
//	    sha256: 9f86d081884c...             # instead of the lock file's; see below
//	    insecure: false                     # true: start the plugin whatever its checksum is
//	    mtls: true                          # false: for a plugin whose gRPC cannot do mutual TLS
//	    max_message: 4MiB                   # the largest answer or request, up to 64MiB; see plugin.Options
//	    limits:                             # for the plugin's process, where the system has them
//	      memory: 512MiB                    # a number of bytes, or KiB, MiB, GiB; at least 16MiB
//	      cpu: 1h                           # what it may compute in all, at least 1s
//	    restarts:                           # a plugin that dies more often than this is left alone
//	      max: 5                            # 1 to 1000
//	      within: 10m                       # at least 1s
//	    interval: 5s                        # how often Watch looks
//	    timeout: 10s                        # deadline of one observation or action
//	    config:
//	      url: ${QUEUE_URL}
//	      retries: ${RETRIES:-3}
//
// Only plugin is required; the values above are the defaults where there are
// any, but for the limits, of which there are none.
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
// # The lock file
//
// A plugin is someone else's program, so it is started only if its binary is
// the one that somebody has vouched for. Which that is, is in the lock file, in
// the configuration file's folder and named after it: operator.lock.yaml beside
// operator.yaml. [Config.Pin] computes it and [Pins.Write] writes it; it is
// meant to be committed, and looks like this:
//
//	version: 1
//	subjects:
//	  orders:
//	    plugin: bin/operator-subject-queue
//	    sha256:
//	      linux/amd64: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//
// A checksum counts for this very plugin path and platform. Pinning on one
// platform keeps those of the others, until the path changes. An entry without
// a checksum is not started; [Entry.CheckTrust] says why, and what to do. A
// lock file in which something is wrong pins nothing, or not the subject where
// it is wrong, and is put right by pinning; one of another version is never
// written over.
//
// # Watching
//
// [Watch] observes in a loop and reports what changed: tickets that began to
// pend, fired or were resolved, invariants that became unknown.
//
// A plugin that dies is started again, unless it does so too often, and
// [Subject.Reload] replaces it while it runs; see [Watch] for what is then still
// believed of what the old process found.
package host
