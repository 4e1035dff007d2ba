package verify

import "slices"

// types are some of JSON's, a bit for each. What is an integer is a number too.
type types uint8

const (
	anObject types = 1 << iota
	aList
	aText
	aNumber
	anInteger
	aBool
	aNull

	anything = 1<<iota - 1
)

// typeNames are in the order of the bits.
var typeNames = [...]string{"object", "array", "string", "number", "integer", "boolean", "null"}

// typesOf returns the types of these names.
func typesOf(names []string) types {
	var all types
	for i, name := range typeNames {
		if slices.Contains(names, name) {
			all |= 1 << i
		}
	}
	return all
}

// String names the type, if it is one.
func (t types) String() string {
	for i, name := range typeNames {
		if t == 1<<i {
			return name
		}
	}
	return "several"
}
