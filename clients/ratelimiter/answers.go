package ratelimiter

import "github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"

// How each answer of the API is read. The field names are the wire's own.

func decodeNodes(body []byte) ([]Node, error) {
	return document.Decode(body, func(o document.Object) []Node {
		return document.List(o, "nodes", func(n document.Object) Node {
			return Node{
				ID:           n.Text("id"),
				Address:      n.Text("address"),
				State:        n.Text("state"),
				RegisteredAt: document.Nullable(n, "registered_at", instant(n)),
			}
		})
	})
}

func decodeLimits(body []byte) (Limits, error) {
	return document.Decode(body, func(o document.Object) Limits {
		return Limits{
			DefaultLimit:    o.Integer("default_limit"),
			DefaultWindowMS: o.Integer("default_window_ms"),
		}
	})
}

func decodeBlocks(body []byte) ([]Block, error) {
	return document.Decode(body, func(o document.Object) []Block {
		return document.List(o, "blocked", func(b document.Object) Block {
			return Block{
				Key:          b.Text("key"),
				CurrentCount: b.Integer("current_count"),
				Limit:        b.Integer("limit"),
			}
		})
	})
}

func decodeHealth(body []byte) (Health, error) {
	return document.Decode(body, func(o document.Object) Health {
		return Health{Status: o.Text("status"), NodeID: o.Text("node_id")}
	})
}

func decodeReset(body []byte) (Reset, error) {
	return document.Decode(body, func(o document.Object) Reset {
		return Reset{Key: o.Text("key"), Reset: o.Boolean("reset")}
	})
}

func decodeLimitUpdate(body []byte) (LimitUpdate, error) {
	return document.Decode(body, func(o document.Object) LimitUpdate {
		return LimitUpdate{
			Key:      o.Text("key"),
			Limit:    o.Integer("limit"),
			WindowMS: o.Integer("window_ms"),
			Updated:  o.Boolean("updated"),
		}
	})
}
