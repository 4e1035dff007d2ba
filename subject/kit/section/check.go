package section

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// Check notes what is wrong with the section, found at path, that its schema
// lets pass, each under the field's own path. It reads the files of the TLS
// section. What one field may hold is the client's to say: it is asked about one
// at a time.
func (p Prometheus) Check(path string, problems *kit.Problems) {
	problems.AddErr(path+".url", refusal(prometheus.Options{URL: p.URL}))
	if p.Timeout <= 0 {
		problems.Add(path+".timeout", "must be more than 0s")
	}
	if p.RateWindow <= 0 {
		problems.Add(path+".rate_window", "must be more than 0s")
	} else {
		problems.AddErr(path+".rate_window", refusal(prometheus.Options{URL: anyURL, RateWindow: p.RateWindow.Std()}))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Match)) {
		problems.AddErr(path+".match", refusal(prometheus.Options{URL: anyURL, Match: map[string]string{name: p.Match[name]}}))
	}
	if a := p.BasicAuth; a != nil && a.Password != "" && a.PasswordFile != "" {
		problems.Add(path+".basic_auth.password_file", "give password or password_file, not both")
	}
	switch b := p.Bearer; {
	case b == nil:
	case p.BasicAuth != nil:
		problems.Add(path+".bearer", "give basic_auth or bearer, not both")
	case (b.Token == "") == (b.TokenFile == ""):
		problems.Add(path+".bearer", "give token or token_file")
	}
	problems.AddErr(path+".tls", p.TLS.Check())
}

// CheckLabel says what is wrong with the name of the label that tells the
// scraped instances apart; nil means that the client accepts it.
func CheckLabel(name string) error {
	if name == "" { // the client would take its default
		return errors.New("is empty")
	}
	return refusal(prometheus.Options{URL: anyURL, Labels: prometheus.LabelNames{Instance: name}})
}

// anyURL stands in for the server's where another option is checked.
const anyURL = "http://localhost"

// refusal is what the client has against the one option that is set.
func refusal(o prometheus.Options) error {
	client, err := prometheus.New(o)
	if err != nil {
		return Detail(err)
	}
	client.Close()
	return nil
}

// Detail is what a client says is wrong with one option, without the names that
// the operation and the option have in Go: a configuration has its own.
func Detail(err error) error {
	fe, ok := errors.AsType[*failure.Error](err)
	if !ok || fe.Detail == "" {
		return err
	}
	if name, rest, found := strings.Cut(fe.Detail, ": "); found && !strings.Contains(name, " ") {
		return errors.New(rest)
	}
	return errors.New(fe.Detail)
}
