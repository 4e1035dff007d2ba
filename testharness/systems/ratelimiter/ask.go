package ratelimiter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// askTimeout bounds one question to one of our own servers. They answer in
// milliseconds, but for a machine that is busy with others.
const askTimeout = 3 * time.Second

// get reads the answer of one of our own servers, past every link, on a
// connection of its own: one that is kept would outlive the question.
func get(ctx context.Context, target string) ([]byte, error) {
	const maxBody = 16 << 20
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: status %d", target, resp.StatusCode)
	}
	return body, err
}

func getJSON(ctx context.Context, target string, v any) error {
	body, err := get(ctx, target)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, v)
}

// sample is one value of an instant vector.
type sample struct {
	labels map[string]string
	value  float64
}

// query evaluates an expression of PromQL now.
func (s *Stack) query(ctx context.Context, expr string) ([]sample, error) {
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string `json:"metric"`
				Value  [2]any            `json:"value"`
			} `json:"result"`
		} `json:"data"`
	}
	target := s.cluster.PrometheusURL() + "/api/v1/query?" + url.Values{"query": {expr}}.Encode()
	if err := getJSON(ctx, target, &answer); err != nil {
		return nil, err
	}
	samples := make([]sample, 0, len(answer.Data.Result))
	var wrong []error
	for _, r := range answer.Data.Result {
		text, _ := r.Value[1].(string)
		v, err := strconv.ParseFloat(text, 64)
		wrong = append(wrong, err)
		samples = append(samples, sample{r.Metric, v})
	}
	return samples, errors.Join(wrong...)
}
