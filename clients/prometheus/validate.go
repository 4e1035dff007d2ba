package prometheus

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// problems lists what is wrong, field by field, without repeating anything that
// may be a secret.
func (o Options) problems() []string {
	var wrong []string
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }

	if _, err := endpoint(o.URL); err != nil {
		add("URL: %v", err)
	}
	if o.Timeout < 0 {
		add("Timeout: must not be negative")
	}
	if o.MaxBody < 0 {
		add("MaxBody: must not be negative")
	}
	if o.RateWindow < time.Millisecond {
		add("RateWindow: must be at least 1ms")
	}
	for _, l := range []struct{ field, name string }{
		{"Node", o.Labels.Node},
		{"Key", o.Labels.Key},
		{"Instance", o.Labels.Instance},
		{"Result", o.Labels.Result},
	} {
		switch {
		case !model.LegacyValidation.IsValidLabelName(l.name):
			add("Labels.%s: %s is not a label name", l.field, failure.Quote(l.name))
		case reserved(l.name):
			add("Labels.%s: the label %s has a meaning of its own", l.field, l.name)
		}
	}
	if o.Labels.Key == o.Labels.Result {
		add("Labels.Result: the same label as Labels.Key")
	}
	if !model.LegacyValidation.IsValidMetricName(o.Metrics.CheckDuration) {
		add("Metrics.CheckDuration: %s is not a metric name", failure.Quote(o.Metrics.CheckDuration))
	}
	if !model.LegacyValidation.IsValidMetricName(o.Metrics.RequestsChecked) {
		add("Metrics.RequestsChecked: %s is not a metric name", failure.Quote(o.Metrics.RequestsChecked))
	}
	return append(wrong, o.matchProblems()...)
}

func (o Options) matchProblems() []string {
	var wrong []string
	for name, value := range o.Match {
		switch {
		case !model.LegacyValidation.IsValidLabelName(name):
			wrong = append(wrong, fmt.Sprintf("Match: %s is not a label name", failure.Quote(name)))
		case reserved(name), name == o.Labels.Key, name == o.Labels.Result, name == o.Labels.Node:
			wrong = append(wrong, fmt.Sprintf("Match: the label %s has a meaning of its own", name))
		case value == "" || !utf8.ValidString(value):
			wrong = append(wrong, fmt.Sprintf("Match[%s]: must be non-empty UTF-8", name))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// reserved reports whether the client's own expressions rely on the label, or
// cannot name it.
func reserved(name string) bool {
	return name == model.BucketLabel || name == model.MetricNameLabel || numeral(name)
}

// endpoint is where queries are sent. Its errors do not repeat the URL: what is
// wrong with one that does not parse may well be its password.
func endpoint(raw string) (*url.URL, error) {
	const want = "want http:// or https://, a host and maybe a path, such as http://localhost:9090"
	u, err := url.Parse(raw)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		return nil, fmt.Errorf("not the address of a server; %s", want)
	case u.User != nil:
		return nil, errors.New("holds credentials; put them into HTTPClientConfig.BasicAuth")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fmt.Errorf("holds a query or a fragment; %s", want)
	}
	if port := u.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return nil, errors.New("the port is over 65535")
		}
	}
	if u.Path == "" {
		u.Path = "/" // JoinPath would leave the result relative
	}
	return u.JoinPath("api", "v1", "query"), nil
}
