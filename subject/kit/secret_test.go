package kit_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

const hunter2 = "hunter2"

type account struct {
	User     string     `json:"user"`
	Password kit.Secret `json:"password"`
	Old      []kit.Secret
	ByName   map[string]*kit.Secret
}

// TestSecretIsNotPrinted prints a secret in every way that there is, on its own
// and within other values.
func TestSecretIsNotPrinted(t *testing.T) {
	secret := kit.Secret(hunter2)
	values := map[string]any{
		"Itself":  secret,
		"Pointer": &secret,
		"Struct":  account{User: "a", Password: secret, Old: []kit.Secret{secret}, ByName: map[string]*kit.Secret{"a": &secret}},
		"Map":     map[string]kit.Secret{"a": secret},
		"Any":     []any{secret, &secret},
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			for verb := range strings.SplitSeq("v +v #v s +s q #q x X d 5d c U e f g t b o O T -20s .3s 030v", " ") {
				if out := fmt.Sprintf("%"+verb, value); leaks(out) {
					t.Errorf("%%%s prints %s", verb, out)
				}
			}
			if out := fmt.Sprint(value) + fmt.Sprintln(value); leaks(out) {
				t.Errorf("Sprint gives %s", out)
			}
			if err := fmt.Errorf("a: %v", value); leaks(err.Error()) {
				t.Errorf("Errorf gives %v", err)
			}
			if doc, err := json.Marshal(value); err != nil || leaks(string(doc)) {
				t.Errorf("its JSON is %s: %v", doc, err)
			}
			for kind, handler := range map[string]func(*strings.Builder) slog.Handler{
				"text": func(b *strings.Builder) slog.Handler { return slog.NewTextHandler(b, nil) },
				"json": func(b *strings.Builder) slog.Handler { return slog.NewJSONHandler(b, nil) },
			} {
				var b strings.Builder
				slog.New(handler(&b)).Info("a", "value", value)
				if leaks(b.String()) {
					t.Errorf("the %s log has %s", kind, b.String())
				}
			}
		})
	}
}

// leaks looks for the secret as it is, in hexadecimal, and as numbers.
func leaks(out string) bool {
	lower := strings.ToLower(out)
	return strings.Contains(lower, hunter2) || strings.Contains(lower, fmt.Sprintf("%x", hunter2)) || strings.Contains(out, "104 117 110")
}

func TestSecretIsText(t *testing.T) {
	var a account
	if err := json.Unmarshal([]byte(`{"user":"a","password":"hunter2"}`), &a); err != nil {
		t.Fatal(err)
	}
	if string(a.Password) != hunter2 {
		t.Errorf("the decoder got %q", string(a.Password))
	}
	if got := fmt.Sprintf("[%v][%v]", kit.Secret(""), a.Password); got != "[][<secret>]" {
		t.Errorf("whether there is a secret is not seen: %s", got)
	}
}
