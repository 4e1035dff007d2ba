package host

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Values from the environment must not show up in errors, not even in what a
// subject says about its configuration, and it may say it in its own words:
// quoted, escaped, or cut in the middle.

// minWindow is the length, in bytes, from which a part of a secret is taken for
// the secret. A shorter one is taken for a coincidence, such as "https://".
const minWindow = 12

// minAnywhere is the length from which a whole secret is looked for in texts
// that are not about its own field.
const minAnywhere = 4

// redact replaces what is left of the secrets in s by their variables' names.
// own tells that s is about a field that holds these very secrets, where even
// the shortest is replaced.
func redact(s string, secrets []secret, own bool) string {
	for _, sec := range secrets {
		hidden := make([]bool, len(s))
		for _, form := range forms(sec.value) {
			if len(form) < minWindow {
				if own || len(form) >= minAnywhere {
					mark(hidden, s, form, len(form))
				}
				continue
			}
			mark(hidden, s, form, minWindow)
		}
		s = replaceRuns(s, hidden, "${"+sec.name+"}")
	}
	return s
}

// forms are the ways in which a value is written in messages.
func forms(value string) []string {
	quoted := strconv.Quote(value)
	out := []string{value, quoted[1 : len(quoted)-1], url.QueryEscape(value), url.PathEscape(value)}
	if u, err := url.Parse(value); err == nil && u.User != nil {
		if password, ok := u.User.Password(); ok && password != "" {
			out = append(out, password)
		}
	}
	return out
}

// mark marks every part of value in s that has at least window bytes.
func mark(hidden []bool, s, value string, window int) {
	parts := make(map[string]bool, len(value))
	for i := 0; i+window <= len(value); i++ {
		parts[value[i:i+window]] = true
	}
	for i := 0; i+window <= len(s); i++ {
		if parts[s[i:i+window]] {
			for j := range window {
				hidden[i+j] = true
			}
		}
	}
}

// replaceRuns replaces every run of s that is hidden.
func replaceRuns(s string, hidden []bool, by string) string {
	var b strings.Builder
	for i := range len(s) {
		switch {
		case !hidden[i]:
			b.WriteByte(s[i])
		case i == 0 || !hidden[i-1]:
			b.WriteString(by)
		}
	}
	return b.String()
}

// redactError is err without secrets: itself if it has none.
func redactError(err error, secrets []secret) error {
	if err == nil || len(secrets) == 0 || redact(err.Error(), secrets, false) == err.Error() {
		return err
	}
	return &protocol.Error{Code: protocol.CodeOf(err), Message: redact(err.Error(), secrets, false)}
}
