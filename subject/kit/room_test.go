package kit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

func TestRoom(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reason         string
		texts          []string
		entries, bytes int
		want           int
	}{
		"None":       {"an empty list is whole", nil, 1, 0, 0},
		"All":        {"at both bounds", []string{"a", "b"}, 2, 6, 2},
		"Entries":    {"one too many", []string{"a", "b", "c"}, 2, 100, 2},
		"Bytes":      {"one byte too many", []string{"a", "b", "cc"}, 9, 9, 2},
		"FirstIsBig": {"a list of nothing says that it is cut", []string{strings.Repeat("x", 100), "b"}, 9, 50, 0},
		"Escapes":    {"as long as they are in the document", []string{"\x01\x01", "b"}, 9, 14, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			room := kit.Room{Entries: tc.entries, Bytes: tc.bytes}
			kept, cut := room.Take(len(tc.texts), func(i int) int { return kit.JSONLen(tc.texts[i]) })
			if kept != tc.want || cut != (tc.want < len(tc.texts)) {
				t.Errorf("%s: Take = %d, %t, want %d", tc.reason, kept, cut, tc.want)
			}
		})
	}
}

// What one list takes the next has not.
func TestRoomIsShared(t *testing.T) {
	t.Parallel()
	room := kit.Room{Entries: 3, Bytes: 10}
	var got []int
	for _, n := range []int{2, 5, 1} {
		kept, _ := room.Take(n, func(int) int { return 2 })
		got = append(got, kept)
	}
	if diff := cmp.Diff([]int{2, 3, 0}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
