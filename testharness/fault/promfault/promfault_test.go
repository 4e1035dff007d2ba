//go:build unix

package promfault_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/faulttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/promfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// prom is a Prometheus that scrapes nothing, behind a link.
type prom struct {
	*faulttest.Stack
	client *http.Client
}

func newProm(t *testing.T) *prom {
	t.Helper()
	binary, err := servers.Prometheus()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	p := &prom{Stack: &faulttest.Stack{}, client: &http.Client{Transport: transport, Timeout: 30 * time.Second}}
	server, address, err := servers.Start(faulttest.Context(t), func(address string) process.Spec {
		return process.Spec{
			Name: "prometheus", Path: binary,
			Args: []string{"--config.file=" + config, "--storage.tsdb.path=" + filepath.Join(dir, "data"), "--web.listen-address=" + address},
			Ready: func(ctx context.Context) error {
				_, err := p.get(ctx, address, "/-/ready", nil)
				return err
			},
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	l, err := faulttest.Net(t).HTTP(t.Context(), network.Operator, "prometheus", address)
	if err != nil {
		t.Fatal(err)
	}
	p.LinkList = append(p.LinkList, l)
	return p
}

func (p *prom) get(ctx context.Context, address, path string, query url.Values) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return "", err
	}
	answer, err := p.client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", answer.StatusCode)
	}
	return strings.TrimSpace(string(body)), err
}

// The queries need no samples: a vector, a matrix, a scalar and a text.
var (
	vector = url.Values{"time": {"1000"}, "query": {`label_replace(vector(7), "node", "1", "", "")`}}
	matrix = url.Values{"start": {"1000"}, "end": {"1001"}, "step": {"1"}, "query": {"vector(7)"}}
	scalar = url.Values{"time": {"1000"}, "query": {"7"}}
	text   = url.Values{"time": {"1000"}, "query": {`"seven"`}}
)

const (
	healthyVector = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"node":"1"},"value":[1000,"7"]}]}}`
	healthyMatrix = `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1000,"7"],[1001,"7"]]}]}}`
	healthyScalar = `{"status":"success","data":{"resultType":"scalar","result":[1000,"7"]}}`
	healthyText   = `{"status":"success","data":{"resultType":"string","result":[1000,"seven"]}}`
)

func TestKinds(t *testing.T) { faulttest.CheckKinds(t, promfault.Kinds()) }

// Each kind is injected and healed, twice, in front of a real Prometheus.
func TestPrometheusFaults(t *testing.T) {
	p := newProm(t)
	warned := `"warnings":["PromQL warning: one of the sources could not be asked: the result is partial"],` +
		`"infos":["PromQL info: the metric might not be a counter, its name does not end in _total"]}`
	cases := map[string]struct {
		reason                       string
		with                         string
		vector, matrix, scalar, text string
		err                          string
	}{
		"prometheus_empty": {
			reason: "A list of nothing, not nothing.",
			vector: `{"status":"success","data":{"resultType":"vector","result":[]}}`,
			matrix: `{"status":"success","data":{"resultType":"matrix","result":[]}}`,
			scalar: healthyScalar, text: healthyText,
		},
		"prometheus_nan": {
			reason: "Values are no numbers.",
			vector: strings.ReplaceAll(healthyVector, `"7"`, `"NaN"`), matrix: strings.ReplaceAll(healthyMatrix, `"7"`, `"NaN"`),
			scalar: strings.ReplaceAll(healthyScalar, `"7"`, `"NaN"`), text: healthyText,
		},
		"prometheus_inf": {
			reason: "Values are beyond numbers.",
			vector: strings.ReplaceAll(healthyVector, `"7"`, `"+Inf"`), matrix: strings.ReplaceAll(healthyMatrix, `"7"`, `"+Inf"`),
			scalar: strings.ReplaceAll(healthyScalar, `"7"`, `"+Inf"`), text: healthyText,
		},
		"prometheus_duplicate_series": {
			reason: "The same labels, and another value.",
			vector: `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"node":"1"},"value":[1000,"7"]},{"metric":{"node":"1"},"value":[1000,"15"]}]}}`,
			matrix: `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1000,"7"],[1001,"7"]]},{"metric":{},"values":[[1000,"15"],[1001,"15"]]}]}}`,
			scalar: healthyScalar, text: healthyText,
		},
		"prometheus_warnings": {
			reason: "The data is as it was.",
			vector: strings.TrimSuffix(healthyVector, "}") + "," + warned, matrix: strings.TrimSuffix(healthyMatrix, "}") + "," + warned,
			scalar: strings.TrimSuffix(healthyScalar, "}") + "," + warned, text: strings.TrimSuffix(healthyText, "}") + "," + warned,
		},
		"prometheus_error": {
			reason: "An error in Prometheus's words.", with: `{"status": 422}`, err: "status 422",
			vector: execution, matrix: execution, scalar: execution, text: execution,
		},
	}
	if len(cases) != len(promfault.Kinds()) {
		t.Errorf("%d kinds are tried, and there are %d", len(cases), len(promfault.Kinds()))
	}
	for kind, tc := range cases {
		t.Run(kind, func(t *testing.T) {
			f := faulttest.Make(t, promfault.Kinds(), p, stack.Spec{Kind: kind, On: "operator->prometheus", With: json.RawMessage(tc.with)})
			faulttest.Do(t, "heal what was not injected", f.Heal)
			for range 2 {
				faulttest.Do(t, "inject", f.Inject)
				p.asks(t, tc.err, tc.vector, tc.matrix, tc.scalar, tc.text)
				// What is no query is not touched.
				if got, err := p.get(t.Context(), p.LinkList[0].Address(), "/-/ready", nil); !strings.Contains(got, "Ready") || err != nil {
					t.Errorf("/-/ready = %q, %v", got, err)
				}
				faulttest.Do(t, "heal", f.Heal)
				faulttest.Do(t, "heal again", f.Heal)
				p.asks(t, "", healthyVector, healthyMatrix, healthyScalar, healthyText)
			}
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

const execution = `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}`

func (p *prom) asks(t *testing.T, wantErr string, want ...string) {
	t.Helper()
	asked := []struct {
		path  string
		query url.Values
	}{{"/api/v1/query", vector}, {"/api/v1/query_range", matrix}, {"/api/v1/query", scalar}, {"/api/v1/query", text}}
	for i, a := range asked {
		got, err := p.get(t.Context(), p.LinkList[0].Address(), a.path, a.query)
		if (err == nil) != (wantErr == "") || err != nil && err.Error() != wantErr {
			t.Errorf("%s: %v, want %q", a.query, err, wantErr)
		}
		if diff := cmp.Diff(decoded(t, want[i]), decoded(t, got)); diff != "" {
			t.Errorf("%s: %s", a.query, diff)
		}
	}
}

func decoded(t *testing.T, document string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(document), &v); err != nil {
		t.Errorf("%v in %s", err, document)
	}
	return v
}

func TestErrorsNameTheField(t *testing.T) {
	n := faulttest.Net(t)
	l, err := n.HTTP(t.Context(), network.Operator, "prometheus", "")
	if err != nil {
		t.Fatal(err)
	}
	s := &faulttest.Stack{LinkList: []*network.Link{l}}
	cases := map[string]struct{ reason, kind, on, with, want string }{
		"NoSuchLink":   {"The ones there are help.", "prometheus_nan", "operator->redis", "", "operator->prometheus"},
		"Path":         {"It cannot match.", "prometheus_inf", "*->*", `{"path": ""}`, "with.path"},
		"ErrorPath":    {"Neither can this.", "prometheus_error", "*->*", `{"path": "api"}`, "with.path"},
		"Status":       {"Prometheus says no such thing.", "prometheus_error", "*->*", `{"status": 500}`, "with.status"},
		"UnknownField": {"It would do nothing.", "prometheus_empty", "*->*", `{"status": 500}`, "status"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := faulttest.Try(t, promfault.Kinds(), s, stack.Spec{Kind: tc.kind, On: tc.on, With: json.RawMessage(tc.with)})
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), tc.kind+": ") {
				t.Errorf("%s\nerror = %v, want %q in it", tc.reason, err, tc.want)
			}
		})
	}
	for _, k := range promfault.Kinds() {
		faulttest.Make(t, promfault.Kinds(), s, stack.Spec{Kind: k.Name, On: "*->*", With: faulttest.Defaults(t, k)})
	}
}
