package prometheus

import (
	"errors"
	"net/http"
	"reflect"

	promconfig "github.com/prometheus/common/config"
)

// clientName labels the connections in prometheus/common's own bookkeeping.
const clientName = "operator"

// newTransport makes the RoundTripper that the options ask for, and what
// releases it.
func newTransport(o Options) (http.RoundTripper, func(), error) {
	if o.Transport != nil {
		if configured(o.HTTPClientConfig) {
			return nil, nil, errors.New("a Transport is given too, which would ignore these settings; set one of the two")
		}
		return o.Transport, func() {}, nil
	}
	cfg, err := validated(o.HTTPClientConfig)
	if err != nil {
		return nil, nil, err
	}
	oauth := cfg.OAuth2
	cfg.OAuth2 = nil // its token requests know no deadline; see tokenTransport
	rt, err := promconfig.NewRoundTripperFromConfig(cfg, clientName)
	if err != nil {
		return nil, nil, err
	}
	if oauth != nil {
		tokens := newTokenTransport(oauth, rt, o.Timeout)
		return tokens, tokens.close, nil
	}
	return rt, func() { closeIdle(rt) }, nil
}

// validated returns a checked copy of cfg. Validate fills in defaults through
// the pointers it finds; those must not be the caller's.
func validated(cfg promconfig.HTTPClientConfig) (promconfig.HTTPClientConfig, error) {
	if cfg.Authorization != nil {
		cfg.Authorization = new(*cfg.Authorization)
	}
	err := cfg.Validate()
	return cfg, err
}

// configured reports whether cfg holds more than the two switches that say
// nothing about how a server wants to be talked to.
func configured(cfg promconfig.HTTPClientConfig) bool {
	cfg.FollowRedirects, cfg.EnableHTTP2 = false, false
	return !reflect.ValueOf(cfg).IsZero()
}

func closeIdle(rt http.RoundTripper) {
	if c, ok := rt.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
