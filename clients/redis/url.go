package redis

import (
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"strings"
)

const defaultPort = "6379"

// takeURL reads s.URL into the other fields. What it reports never quotes the
// URL or a part of it that could hold the password: a password with an
// unescaped special character ends up in any part.
func (s *settings) takeURL() (problem string) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return "not a URL; special characters in the password must be percent-encoded"
	}
	if u.User != nil {
		if s.Username != "" || s.Password != "" {
			return "has a user or password, and so have Username or Password: give one of them"
		}
		s.Username = u.User.Username()
		s.Password, _ = u.User.Password()
	}
	if u.Fragment != "" {
		return "has a #fragment; special characters in the password must be percent-encoded"
	}

	var db string
	switch u.Scheme {
	case "redis", "rediss":
		if problem := s.takeHost(u); problem != "" {
			return problem
		}
		db = strings.TrimPrefix(u.Path, "/")
	case "unix":
		if u.Path == "" || u.Host != "" {
			return "want unix:///path/to/socket"
		}
		s.network, s.Addrs = "unix", []string{u.Path}
		db = u.Query().Get("db")
	default:
		return "the scheme must be redis, rediss or unix"
	}

	for name := range u.Query() {
		if name != "db" || u.Scheme != "unix" {
			return "has a ?parameter that is not known here; a socket path takes ?db=N, nothing else does"
		}
	}
	if db == "" {
		return ""
	}
	n, err := strconv.Atoi(db)
	switch {
	case err != nil || n < 0:
		return "the database must be a number, 0 or more"
	case s.DB != 0 && s.DB != n:
		return "names another database than DB"
	}
	s.DB = n
	return ""
}

func (s *settings) takeHost(u *url.URL) (problem string) {
	host, port := u.Hostname(), u.Port()
	if host == "" {
		return "has no host"
	}
	if port == "" {
		port = defaultPort
	}
	addr := net.JoinHostPort(host, port)
	if checkAddr(addr) != "" {
		return "the port must be from 1 to 65535"
	}
	s.Addrs = []string{addr}
	if u.Scheme == "rediss" && s.TLS == nil {
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return ""
}
