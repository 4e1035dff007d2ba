package prometheus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"
)

// shared is the one Prometheus that the tests of this package look at. It is
// started by the first test that asks for it and ended by TestMain.
var shared fixture

type fixture struct {
	once       sync.Once
	err        error
	dir        string
	server     *server
	exporters  []*exporter
	fast, slow string    // the instances of job plain
	at         time.Time // a moment for which every target has samples
}

const sharedConfig = `
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
- {job_name: labelled, static_configs: [{targets: [%q]}]}
- {job_name: plain, static_configs: [{targets: [%q, %q]}]}
`

// use returns the running fixture.
func (f *fixture) use(t *testing.T) *fixture {
	t.Helper()
	f.once.Do(func() { f.err = f.start() })
	if f.err != nil {
		t.Fatal(f.err)
	}
	return f
}

func (f *fixture) start() error {
	dir, err := os.MkdirTemp("", "prometheus-client-test-")
	if err != nil {
		return err
	}
	f.dir = dir
	f.exporters = []*exporter{newExporter(labelled), newExporter(plain(0.03)), newExporter(plain(0.3))}
	f.fast, f.slow = f.exporters[1].address(), f.exporters[2].address()
	f.server, err = startServer(dir, fmt.Sprintf(sharedConfig, f.exporters[0].address(), f.fast, f.slow), nil,
		&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "http")
	if err != nil {
		return err
	}
	return f.waitForSamples()
}

// waitForSamples waits until each of the three targets has been scraped at
// least three times, and takes that moment for every later evaluation.
func (f *fixture) waitForSamples() error {
	c, err := New(Options{URL: f.server.url})
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	const ready = `count(count_over_time(up[1m]) >= 3) == 3`
	for {
		v, err := c.Vector(ctx, ready)
		if err != nil {
			return err
		}
		if len(v) == 1 {
			f.at = v[0].Timestamp.Time()
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			up, _ := c.Vector(context.Background(), "up")
			return fmt.Errorf("the targets were not scraped in time: %v", up)
		}
	}
}

func (f *fixture) stop() error {
	var errs []error
	if f.server != nil {
		errs = append(errs, f.server.stop())
	}
	for _, e := range f.exporters {
		e.Close()
	}
	if f.dir != "" {
		errs = append(errs, os.RemoveAll(f.dir))
	}
	return errors.Join(errs...)
}

// client returns a client whose every query is evaluated at the moment f.at, so
// that two of them see the same samples.
func (f *fixture) client(t *testing.T, o Options) *Client {
	t.Helper()
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	o.URL, o.Transport = f.server.url, &pinned{base: base, at: f.at}
	return newClient(t, o)
}

func newClient(t testing.TB, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// pinned adds a time to each query.
type pinned struct {
	base http.RoundTripper
	at   time.Time
}

func (p *pinned) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	_ = req.Body.Close()
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	form.Set("time", model.TimeFromUnixNano(p.at.UnixNano()).String())
	encoded := form.Encode()
	out := req.Clone(req.Context())
	out.Body, out.ContentLength = io.NopCloser(strings.NewReader(encoded)), int64(len(encoded))
	out.Header.Set("Content-Length", strconv.Itoa(len(encoded)))
	return p.base.RoundTrip(out)
}
