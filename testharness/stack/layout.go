package stack

import "slices"

// A Layout is what a stack of some topology is made of, told before there is one,
// so that a scenario which names what there is not is refused at once.
type Layout struct {
	// Parts are the names of the stack's, in its order.
	Parts []string
	// Links are those of the stack, in its order.
	Links []LayoutLink
	// Missing tells of each kind of fault that such a stack cannot have, by its
	// name, why not.
	Missing map[string]string
	// Only are the parts that a kind can be done to, one at a time, by its name. A
	// kind that is not in it can be done to any, and to several.
	Only map[string][]string
}

// A LayoutLink is a link of a [Layout].
type LayoutLink struct {
	// From and To are the names of its ends.
	From, To string
	// HTTP tells whether it carries HTTP, so that answers can be changed.
	HTTP bool
}

// Name is the link's.
func (l LayoutLink) Name() string { return l.From + "->" + l.To }

// LinkNames are the names of the links; of those that carry HTTP only, where http
// is set.
func (l Layout) LinkNames(http bool) []string {
	var names []string
	for _, link := range l.Links {
		if link.HTTP || !http {
			names = append(names, link.Name())
		}
	}
	return names
}

// PartsFor are the parts that a kind of fault can be done to, and whether it is to
// one at a time.
func (l Layout) PartsFor(kind string) (parts []string, single bool) {
	if only, limited := l.Only[kind]; limited {
		return slices.Clone(only), true
	}
	return slices.Clone(l.Parts), false
}
