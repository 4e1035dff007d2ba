package prometheus

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// answer is the envelope of the HTTP API, as its documentation defines it:
// https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview
type answer struct {
	Status string `json:"status"`
	Data   struct {
		ResultType string          `json:"resultType"`
		Result     json.RawMessage `json:"result"`
	} `json:"data"`
	ErrorType string   `json:"errorType"`
	Error     string   `json:"error"`
	Warnings  []string `json:"warnings"`
	Infos     []string `json:"infos"`
}

// The two values of status.
const (
	statusSuccess = "success"
	statusError   = "error"
)

// interpret turns an answer into a Result or says why it is none.
func (c *Client) interpret(resp httpapi.Response, promql string) (Result, error) {
	var a answer
	err := httpapi.DecodeJSON(resp.Body, &a)
	switch {
	case err == nil && a.Status == statusError:
		return Result{}, c.refusal(resp.Status, a, promql)
	case resp.Status < 200 || resp.Status > 299:
		return Result{}, c.fail(httpapi.ClassOfStatus(resp.Status), resp.Status, explain(resp))
	case err != nil:
		return Result{}, c.fail(failure.Malformed, resp.Status, err.Error())
	case a.Status != statusSuccess:
		return Result{}, c.fail(failure.Malformed, resp.Status, "field status: want success or error, got "+failure.Quote(a.Status))
	}
	value, err := decodeValue(a.Data.ResultType, a.Data.Result)
	if err != nil {
		return Result{}, c.malformed(promql, failure.Line(err.Error()))
	}
	warnings, infos := sortNotes(a.Warnings, a.Infos)
	return Result{Value: value, Warnings: warnings, Infos: infos}, nil
}

// refusal is the error that the server put into its envelope.
func (c *Client) refusal(status int, a answer, promql string) error {
	detail := failure.Line(a.ErrorType) + ": " + failure.Quote(a.Error)
	class := classOfRefusal(status, a.ErrorType)
	if class == failure.Rejected {
		detail += ", for the query " + failure.Quote(promql)
	}
	return c.fail(class, status, detail)
}

// classOfRefusal goes by the error type, except where a gateway speaks: who may
// ask is its business, and the status says it.
func classOfRefusal(status int, errorType string) failure.Class {
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return httpapi.ClassOfStatus(status)
	}
	switch errorType {
	case "bad_data", "not_found", "not_acceptable":
		return failure.Rejected
	case "timeout":
		return failure.Timeout
	case "execution", "internal", "unavailable", "canceled":
		return failure.Failing
	}
	if status >= 300 {
		return httpapi.ClassOfStatus(status)
	}
	return failure.Failing
}

// explain says what an answer without an envelope means to whoever configured
// the URL.
func explain(resp httpapi.Response) string {
	switch {
	case resp.Status >= 300 && resp.Status < 400:
		return "redirects to " + redirectTarget(resp.Header.Get("Location")) + ", which is not followed; configure the server's own URL"
	case resp.Status == http.StatusNotFound:
		return "no query API here, the URL's path may be wrong: " + failure.Quote(string(resp.Body))
	case len(resp.Body) == 0:
		return "no explanation"
	default:
		return failure.Quote(string(resp.Body))
	}
}

// redirectTarget shows where a redirect points without its query, which in a
// login's redirect holds state and sometimes tokens.
func redirectTarget(location string) string {
	u, err := url.Parse(location)
	if err != nil || location == "" {
		return "nowhere (" + strconv.Itoa(len(location)) + " bytes of Location)"
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return failure.Quote(shown.String())
}
