package section

import (
	"time"

	promconfig "github.com/prometheus/common/config"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// Prometheus is where the metrics are. Subjects embed it and add the names of
// their labels.
type Prometheus struct {
	URL        string            `json:"url" jsonschema:"where Prometheus's HTTP API is, with its path prefix if it has one"`
	Timeout    kit.Duration      `json:"timeout,omitempty" jsonschema:"how long one query may take"`
	BasicAuth  *BasicAuth        `json:"basic_auth,omitempty" jsonschema:"a user and a password for it"`
	Bearer     *Bearer           `json:"bearer,omitempty" jsonschema:"a token for it"`
	TLS        *TLS              `json:"tls,omitempty" jsonschema:"how to trust it, and be trusted"`
	Match      map[string]string `json:"match,omitempty" jsonschema:"labels that every series of this system carries, where one Prometheus scrapes several"`
	RateWindow kit.Duration      `json:"rate_window,omitempty" jsonschema:"the range over which rates and latency are taken; at least two scrape intervals"`
}

// BasicAuth is a user name and a password.
type BasicAuth struct {
	Username     string     `json:"username" jsonschema:"the user"`
	Password     kit.Secret `json:"password,omitempty" jsonschema:"the password"`
	PasswordFile string     `json:"password_file,omitempty" jsonschema:"the file that holds the password"`
}

// Bearer is a token for the Authorization header.
type Bearer struct {
	Token     kit.Secret `json:"token,omitempty" jsonschema:"the token"`
	TokenFile string     `json:"token_file,omitempty" jsonschema:"the file that holds the token"`
}

// DefaultPrometheus is the section's defaults.
func DefaultPrometheus() Prometheus {
	return Prometheus{
		Timeout:    kit.Duration(2 * time.Second),
		RateWindow: kit.Duration(prometheus.DefaultRateWindow),
	}
}

// Options returns the section as a client's options.
func (p Prometheus) Options() prometheus.Options {
	http := promconfig.HTTPClientConfig{FollowRedirects: false, EnableHTTP2: true}
	if p.TLS != nil {
		http.TLSConfig = p.TLS.Prometheus()
	}
	if a := p.BasicAuth; a != nil {
		http.BasicAuth = &promconfig.BasicAuth{
			Username: a.Username, Password: promconfig.Secret(a.Password), PasswordFile: a.PasswordFile,
		}
	}
	if b := p.Bearer; b != nil {
		http.Authorization = &promconfig.Authorization{
			Type: "Bearer", Credentials: promconfig.Secret(b.Token), CredentialsFile: b.TokenFile,
		}
	}
	return prometheus.Options{
		URL:              p.URL,
		HTTPClientConfig: http,
		Match:            p.Match,
		RateWindow:       p.RateWindow.Std(),
	}
}
