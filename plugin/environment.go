package plugin

import (
	"os"
	"strings"
)

// inherited are the variables of the host's environment that every plugin
// gets. All else, credentials of the host's included, stays with the host
// unless Options.Env names it.
var inherited = []string{
	"PATH", "HOME", "TMPDIR", "TZ", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"SYSTEMROOT", "TEMP", "TMP", "USERPROFILE", // Windows opens no socket without the first
}

// environment returns the plugin's environment: what is inherited, then extra,
// whose entries are "NAME=value", or "NAME" to pass on the host's.
func environment(extra []string) []string {
	var env []string
	pass := func(name string) {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	for _, name := range inherited {
		pass(name)
	}
	for _, entry := range extra {
		if strings.Contains(entry, "=") {
			env = append(env, entry)
		} else {
			pass(entry)
		}
	}
	return env
}
