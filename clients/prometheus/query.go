package prometheus

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// MaxQueryBytes is the length of the longest expression that is sent.
const MaxQueryBytes = 1 << 20

// Result is the answer to an instant query.
type Result struct {
	// Value is a model.Vector, a *model.Scalar, a model.Matrix (the expression
	// was a range) or a *model.String; never nil. No pointer in it is nil.
	Value model.Value
	// Warnings say why Value may be incomplete; empty when it is whole. Infos
	// are remarks on the expression. Both are at most [MaxWarnings] lines and
	// one that counts the rest, each bounded and escaped.
	Warnings, Infos []string
}

// Query evaluates promql at the server's present moment. It changes nothing on
// the server, so it may be repeated freely.
func (c *Client) Query(ctx context.Context, promql string) (Result, error) {
	switch {
	case promql == "":
		return Result{}, c.invalid("the query is empty")
	case len(promql) > MaxQueryBytes:
		return Result{}, c.invalid("the query is over " + strconv.Itoa(MaxQueryBytes) + " bytes: " + failure.Quote(promql))
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()

	req, err := c.request(ctx, promql)
	if err != nil {
		return Result{}, c.invalid(failure.Line(err.Error()))
	}
	resp, err := httpapi.Send(c.http, req, c.maxBody)
	if err != nil {
		return Result{}, err
	}
	result, err := c.interpret(resp, promql)
	if err != nil {
		return Result{}, err
	}
	report(ctx, result.Warnings)
	return result, nil
}

// request is a POST because an expression may outgrow what a URL may hold.
func (c *Client) request(ctx context.Context, promql string) (*http.Request, error) {
	form := url.Values{"query": {promql}}
	if deadline, ok := ctx.Deadline(); ok {
		form.Set("timeout", serverTimeout(time.Until(deadline)))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	// Present without a value, this tells the transport that the POST may be
	// sent again when a kept connection turns out to be dead, and is not sent.
	req.Header["Idempotency-Key"] = nil
	return req, nil
}

// serverTimeout renders the time left, in whole milliseconds and at least one:
// to the server, 0 is an error or no limit.
func serverTimeout(left time.Duration) string {
	return strconv.FormatInt(max(left.Milliseconds(), 1), 10) + "ms"
}
