package render

import (
	"context"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// What is suggested reaches a program as it is meant, through a real shell, and
// shows nothing unprintable.
func TestArgumentSurvivesTheShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatalf("%v: the test needs a POSIX shell", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, value := range []string{
		"plain", "a b", "", "'", `"`, `'"'`, "$HOME", "`id`", "$(id)", "!!", "~", "*", "-x", "--flag", "@file", "=", "a=b", ";ls", "#", "\\", "\\n",
		"a\nb", "\x1b[31m", "\u202e", "\u3164", "日本", "\U0001f600", "\U000e0001", "a/../b", "{a,b}", "&", "|", ">", "%s",
	} {
		arg := argument("key", value)
		if !allPrintable(arg) {
			t.Errorf("%q: %q is not printable", value, arg)
		}
		out, err := exec.CommandContext(ctx, sh, "-c", "printf %s "+arg).Output()
		if err != nil {
			t.Fatal(err)
		}
		name, text, _ := strings.Cut(string(out), "=")
		got := text
		if name == "key:" {
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Errorf("%q: %v in %s", value, err, text)
			}
		} else if name != "key" || strings.HasPrefix(text, "@") {
			t.Errorf("%q: %s", value, out)
		}
		if got != value {
			t.Errorf("%q became %q", value, got)
		}
	}
	if got := argument("key", strings.Repeat("k", 5000)); got != "key=@FILE" {
		t.Errorf("a long value: %.50s", got)
	}
}
