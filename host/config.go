package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// The defaults and the bounds of an entry's settings.
const (
	DefaultInterval = 5 * time.Second
	DefaultTimeout  = 10 * time.Second
	// MinInterval is how often a subject may be observed at most.
	MinInterval = 100 * time.Millisecond
)

// DefaultFile is where [FindConfig] looks last.
const DefaultFile = "operator.yaml"

// A Config is what a configuration file says.
type Config struct {
	// Path is the file, as it was given.
	Path string
	// Subjects are the entries in the file's order, those that have something
	// wrong with them included.
	Subjects []Entry
}

// An Entry is one configured subject. It can be made without a file, from
// Name, Plugin and Config alone.
type Entry struct {
	// Name is what people type.
	Name string
	// Plugin is the path of the plugin's binary, or a name to look up in PATH.
	Plugin string
	// Args and Env are for the plugin's process, as [plugin.Options] has them.
	Args []string
	Env  []string
	// SHA256 is the checksum that the plugin's binary must have, in 64
	// hexadecimal digits. From a file it is the entry's own, else what the lock
	// file has for the entry on this platform.
	SHA256 string
	// Insecure loads the plugin whatever its checksum is. Without it an entry
	// that has no SHA256 is not loaded.
	Insecure bool
	// DisableMTLS is for plugins that cannot do TLS; see [plugin.Options].
	DisableMTLS bool
	// MaxMessage is the largest message, in bytes, that crosses to the plugin or
	// comes from it, as [plugin.Options] has it.
	MaxMessage int
	// Limits bound what the plugin's process may use.
	Limits plugin.Limits
	// Restarts is how often a plugin that dies is started again.
	Restarts Restarts
	// Interval is how often Watch looks, DefaultInterval if zero.
	Interval time.Duration
	// Timeout is the deadline of one observation or action, DefaultTimeout if
	// zero.
	Timeout time.Duration
	// Config is the subject's own block as JSON. Empty means {}.
	Config json.RawMessage

	// Err is what is wrong with the entry outside its config block, and
	// ConfigErr what is wrong within, as far as that can be told without asking
	// the subject. Both are nil or *[ConfigError]. With Err the entry's fields
	// may be missing.
	Err, ConfigErr error

	origin *origin // nil when not from a file
}

// Restarts is a crash budget: a plugin that dies more than Max times Within is
// not started again. Zero values are the supervisor's defaults, 5 in 10 minutes.
type Restarts struct {
	Max    int
	Within time.Duration
}

// Check returns what is wrong with the entry, nil if it can be loaded.
func (e Entry) Check() error {
	var problems []Problem
	for _, err := range []error{e.Err, e.ConfigErr} {
		if ce, ok := errors.AsType[*ConfigError](err); ok {
			problems = append(problems, ce.Problems...)
		}
	}
	return configError(problems)
}

// Entry returns the subject of that name, whether it can be loaded or not. The
// error of an unknown name says which there are.
func (c *Config) Entry(name string) (Entry, error) {
	names := c.Names()
	for _, e := range c.Subjects {
		if e.Name == name {
			return e, nil
		}
	}
	return Entry{}, protocol.Errorf(protocol.NotFound, "%s configures no subject %s%s; it has: %s",
		c.Path, quote(name), didYouMean(name, names), strings.Join(names, ", "))
}

// Names returns the subjects' names in the file's order.
func (c *Config) Names() []string {
	names := make([]string, len(c.Subjects))
	for i, e := range c.Subjects {
		names[i] = e.Name
	}
	return names
}

// FindConfig returns the path of the configuration file: flag if it is not
// empty, else $OPERATOR_CONFIG, else ./operator.yaml, which must then exist.
func FindConfig(flag string, lookup LookupEnv) (string, error) {
	if flag != "" {
		return flag, nil
	}
	if path, _ := lookup("OPERATOR_CONFIG"); path != "" {
		return path, nil
	}
	if _, err := os.Stat(DefaultFile); err != nil {
		return "", protocol.Errorf(protocol.NotFound,
			"no configuration: there is no %s in this folder; name a file with --config or $OPERATOR_CONFIG", DefaultFile)
	}
	return DefaultFile, nil
}

// ReadConfig reads a configuration file of at most 1 MiB. The error is for a
// file that cannot be used at all: it cannot be read, is no YAML, or is wrong
// outside its entries; it is then a *[ConfigError] with everything that is
// wrong. What is wrong with one subject is in its [Entry], so that it does not
// stop the others.
//
// The checksums of the plugins are read from the lock file beside it, see
// [LockFile]. An entry that has none there, for whatever reason, is unpinned,
// and its [Entry.CheckTrust] says why.
func ReadConfig(path string, lookup LookupEnv) (*Config, error) {
	f, err := os.Open(path) //nolint:gosec // the path is the user's
	if err != nil {
		return nil, protocol.Errorf(protocol.NotFound, "read configuration: %w; correct the path, or name another file with --config", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, protocol.Errorf(protocol.FailedPrecondition, "read configuration: %w", err)
	}
	config, err := ParseConfig(path, data, lookup)
	if err != nil {
		return nil, err
	}
	config.apply(readLock(LockFile(path)))
	return config, nil
}

// ParseConfig is [ReadConfig] of data alone, without a lock file: an entry is
// pinned if it has its checksum in data. Paths of plugins are relative to
// path's folder.
func ParseConfig(path string, data []byte, lookup LookupEnv) (*Config, error) {
	if len(data) > maxFileBytes {
		return nil, &ConfigError{Problems: []Problem{{File: path, Message: fmt.Sprintf("is larger than %d bytes", maxFileBytes)}}}
	}
	b := &builder{file: path, lookup: lookup, empty: `the file is empty: it must say which subjects there are, under "subjects:"`}
	root := b.parseYAML(data)
	p := &parser{file: path, problems: b.problems}
	config := &Config{Path: path}
	if root != nil {
		config.Subjects = p.root(root)
	}
	if p.distribute(config) {
		return nil, configError(p.problems)
	}
	return config, nil
}
