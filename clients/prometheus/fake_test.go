package prometheus

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// fake is a server that gives answers a real one cannot be made to give. It
// remembers the form of the last query.
type fake struct {
	*httptest.Server
	form chan url.Values
}

func newFake(t *testing.T, handler http.HandlerFunc) *fake {
	t.Helper()
	f := &fake{form: make(chan url.Values, 1)}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		select {
		case <-f.form:
		default:
		}
		f.form <- r.PostForm
		handler(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) client(t *testing.T) *Client {
	t.Helper()
	return newClient(t, Options{URL: f.URL})
}

// answering serves one body with one status.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// vectorOf wraps the JSON of samples into a whole answer.
func vectorOf(samples string) string {
	return `{"status":"success","data":{"resultType":"vector","result":[` + samples + `]}}`
}

// histogramSample is a native histogram, which Prometheus gives since 2.40.
const histogramSample = `{"metric":{"key":"a"},"histogram":[1,{"count":"2","sum":"3","buckets":[[0,"1","2","2"]]}]}`
