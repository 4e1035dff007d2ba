package redisset

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// The files of a server, in its directory.
const (
	confFile = "redis.conf"
	// moreFile is included by the first, and holds what one restart adds to it.
	moreFile = "more.conf"
)

// directives are lines of redis.conf: a name and its arguments.
type directives [][]string

// add appends a line.
func (d *directives) add(line ...string) { *d = append(*d, line) }

// text renders the lines, with every argument quoted as Redis reads it.
func (d directives) text() string {
	var b strings.Builder
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`)
	for _, line := range d {
		b.WriteString(line[0])
		for _, argument := range line[1:] {
			b.WriteString(` "` + quote.Replace(argument) + `"`)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// basics are the lines of every server, Sentinels too.
func basics(dir, address string) directives {
	host, port, _ := net.SplitHostPort(address) // ours, hence whole
	return directives{{"bind", host}, {"port", port}, {"dir", dir}, {"daemonize", "no"}}
}

// server are the lines of a server that holds data.
func (s *Set) server(dir, address string) directives {
	d := basics(dir, address)
	d.add("save", "")
	d.add("appendonly", "no")
	d.add("repl-diskless-sync-delay", "0")
	d.add("masteruser", AdminUser)
	d.add("masterauth", s.users[AdminUser].Password)
	d.add("user", "default", "off")
	for _, name := range []string{AdminUser, NodeUser, SubjectUser} {
		d.add(strings.Fields(s.users[name].line())...)
	}
	d.add("include", filepath.Join(dir, moreFile))
	return d
}

// moreLines turns "--name value --name value value" into lines.
func moreLines(flags []string) (directives, error) {
	var d directives
	for _, flag := range flags {
		name, isName := strings.CutPrefix(flag, "--")
		switch {
		case isName:
			d.add(name)
		case len(d) == 0:
			return nil, fmt.Errorf("%q: want the name of a setting first, as --name", flag)
		default:
			d[len(d)-1] = append(d[len(d)-1], flag)
		}
	}
	return d, nil
}

func writeConf(dir, name string, d directives) error {
	// Passwords are in it.
	if err := os.WriteFile(filepath.Join(dir, name), []byte(d.text()), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
