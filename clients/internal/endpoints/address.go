package endpoints

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// ParseAddress takes apart an address that the service itself named: host:port,
// asked over http, or an http or https URL with nothing but a host and an
// optional port. Such an address is whatever somebody wrote into a registry:
// anything in it that could lead elsewhere than to a host (a user, a path, a
// query, another scheme, a host that is neither a name nor an IP address) is a
// problem, and the endpoint has no credentials.
func ParseAddress(address string) (e Endpoint, problem string) {
	scheme, host := "http", address
	if strings.Contains(address, "://") {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			return e, "not an http or https URL"
		}
		// Compared as a whole: what the parser would set aside is not wanted.
		if bare := u.Scheme + "://" + u.Host; address != bare && address != bare+"/" {
			return e, "such a URL has nothing but scheme, host and port"
		}
		scheme, host = u.Scheme, u.Host
		if u.Port() == "" {
			if !validHost(u.Hostname()) || strings.HasSuffix(host, ":") {
				return e, "not a host name or IP address"
			}
			return Endpoint{index: -1, scheme: scheme, host: host}, ""
		}
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil || !validPort(port) {
		return e, "want host:port"
	}
	if !validHost(name) {
		return e, "not a host name or IP address"
	}
	return Endpoint{index: -1, scheme: scheme, host: net.JoinHostPort(name, port)}, ""
}

// validHost accepts an IP address without zone, or a host name: letters,
// digits, "-" and the "_" that container networks use, in labels. The length is
// RFC 1035's.
func validHost(host string) bool {
	if strings.Contains(host, ":") {
		ip, err := netip.ParseAddr(host)
		return err == nil && ip.Zone() == ""
	}
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
		}) {
			return false
		}
	}
	return true
}
