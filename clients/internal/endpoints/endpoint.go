package endpoints

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Endpoint is one base URL, taken apart so that its credentials are in no text
// that could become part of an error.
type Endpoint struct {
	index   int    // among the configured ones, -1 for any other
	raw     string // as configured; credentials included, never shown
	scheme  string
	host    string // host or host:port
	prefix  string // path before the API's own, without trailing slash, decoded
	escaped string // the same, escaped
	user    *url.Userinfo
}

// Parse takes a base URL apart: http or https, a host, optionally a port, a
// path prefix, and a user with password. Else it tells what is wrong with it,
// without showing credentials.
func Parse(raw string) (e Endpoint, problem string) {
	u, err := url.Parse(raw)
	switch {
	case err != nil && strings.Contains(raw, "@"):
		// The parser's error repeats the part it stumbled over, and a password
		// with a "/" or "%" in it is just what it stumbles over.
		return e, "not a URL; a user and password in it must be percent-encoded"
	case err != nil:
		return e, "not a URL: " + failure.Quote(raw)
	case u.Scheme != "http" && u.Scheme != "https":
		return e, "want http://host:port or https://host:port, got the scheme " + failure.Quote(u.Scheme)
	case u.Opaque != "" || u.Hostname() == "":
		return e, "no host: want " + u.Scheme + "://host:port"
	case strings.HasSuffix(u.Host, ":"):
		return e, "no port after the colon of " + failure.Quote(u.Host)
	case u.Port() != "" && !validPort(u.Port()):
		return e, "the port " + failure.Quote(u.Port()) + " is not 1 to 65535"
	case u.RawQuery != "" || u.ForceQuery:
		return e, "a base URL has no query (?)"
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return e, "a base URL has no fragment (#)"
	}
	escaped := strings.TrimRight(u.EscapedPath(), "/")
	prefix, err := url.PathUnescape(escaped)
	if err != nil {
		return e, "the path is not percent-encoded"
	}
	return Endpoint{index: -1, raw: raw, scheme: u.Scheme, host: u.Host, prefix: prefix, escaped: escaped, user: u.User}, ""
}

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// sameServer reports whether both are one host and port.
func (e Endpoint) sameServer(other Endpoint) bool {
	return strings.EqualFold(e.hostPort(), other.hostPort())
}

func (e Endpoint) hostPort() string {
	u := url.URL{Host: e.host}
	switch {
	case u.Port() != "":
		return e.host
	case e.scheme == "https":
		return e.host + ":443"
	default:
		return e.host + ":80"
	}
}
