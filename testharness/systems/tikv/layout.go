package tikv

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// defaultStores is how many stores there are where a topology does not say.
const defaultStores = 4

// layout is System.Layout.
func layout(raw json.RawMessage) (stack.Layout, error) {
	t := topology{Stores: defaultStores}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &t); err != nil {
			return stack.Layout{}, fmt.Errorf("read the topology: %w", err)
		}
	}
	link := func(from, to string) stack.LayoutLink { return stack.LayoutLink{From: from, To: to, HTTP: true} }
	l := stack.Layout{
		Parts: []string{"pd"},
		Links: []stack.LayoutLink{link(network.Operator, "pd")},
	}
	var scrapes []stack.LayoutLink
	for i := range t.Stores {
		store := "tikv-" + strconv.Itoa(i+1)
		l.Parts = append(l.Parts, store)
		l.Links = append(l.Links, link(store, "pd"))
		scrapes = append(scrapes, link("prometheus", store))
	}
	l.Parts = append(l.Parts, "prometheus")
	l.Links = append(append(l.Links, scrapes...), link(network.Operator, "prometheus"))
	return l, nil
}
