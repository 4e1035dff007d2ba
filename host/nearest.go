package host

import "unicode/utf8"

// Nearest returns the candidate that name was probably meant to be, and whether
// there is one: at most a third of its letters, and at least one, are wrong,
// missing, swapped or too many.
func Nearest(name string, candidates []string) (string, bool) {
	const tooLong = 100
	best, found := "", false
	limit := max(1, utf8.RuneCountInString(name)/3)
	if len(name) > tooLong {
		return "", false
	}
	for _, c := range candidates {
		if len(c) > tooLong || c == name {
			continue
		}
		if d := distance([]rune(name), []rune(c)); d <= limit && (!found || d < limit) {
			best, found, limit = c, true, d
		}
	}
	return best, found
}

// didYouMean is the end of an error about an unknown name.
func didYouMean(name string, candidates []string) string {
	if near, ok := Nearest(name, candidates); ok {
		return "; did you mean " + near + "?"
	}
	return ""
}

// distance is the optimal string alignment distance: the number of single
// letters to insert, delete, replace or swap with their neighbour.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i, x := range a {
		row[0] = i + 1
		for j, y := range b {
			cost := 1
			if x == y {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x == b[j-1] && a[i-1] == y {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
