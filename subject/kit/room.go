package kit

import "encoding/json"

// Room is what the lists of one state may still have: each so many entries, and
// all of them together so many bytes of text, first come, first served. It is
// not safe for concurrent use.
type Room struct {
	// Entries is how many entries each list may have.
	Entries int
	// Bytes is how many bytes are left.
	Bytes int
}

// Take returns how many of n entries a list may have, and whether that is not
// all of them, and takes their bytes. size is how many bytes the text in an
// entry takes; see [JSONLen].
func (r *Room) Take(n int, size func(i int) int) (kept int, cut bool) {
	for i := range n {
		bytes := size(i)
		if i >= r.Entries || bytes > r.Bytes {
			return i, true
		}
		r.Bytes -= bytes
	}
	return n, false
}

// JSONLen returns how many bytes a text takes in a JSON document, where one of
// control characters is six times as long.
func JSONLen(text string) int {
	doc, err := json.Marshal(text)
	if err != nil {
		return 0 // a string always has JSON
	}
	return len(doc)
}
