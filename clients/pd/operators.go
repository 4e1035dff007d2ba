package pd

import (
	"context"
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

const operatorsPath = "/operators"

// Operators lists what PD is doing to regions now, each as PD describes it to
// people. The text holds keys: it is foreign.
func (c *Client) Operators(ctx context.Context) ([]string, error) {
	return get(ctx, c, operatorsPath, document.DecodeTexts)
}

// TransferLeader has PD move a region's leader to the peer on a store. PD
// refuses (Rejected) an unknown region, one that has no voter there, and one
// with another operator at work. No error says that the operator was created;
// the region tells when it is done. It is sent at most once; a failure with
// Sent set may have happened, unless it is Rejected.
func (c *Client) TransferLeader(ctx context.Context, region, toStore uint64) error {
	if wrong := problem(id{"region", region}, id{"store", toStore}); wrong != "" {
		return invalid(http.MethodPost, operatorsPath, wrong)
	}
	return post(ctx, c, operatorsPath, struct {
		Name    string `json:"name"`
		Region  uint64 `json:"region_id"`
		ToStore uint64 `json:"to_store_id"`
	}{"transfer-leader", region, toStore}, refusedOutright)
}

// TransferPeer has PD move a region's peer from one store to another. What
// [Client.TransferLeader] says of errors holds here.
func (c *Client) TransferPeer(ctx context.Context, region, fromStore, toStore uint64) error {
	if wrong := problem(id{"region", region}, id{"store to move from", fromStore}, id{"store to move to", toStore}); wrong != "" {
		return invalid(http.MethodPost, operatorsPath, wrong)
	}
	return post(ctx, c, operatorsPath, struct {
		Name      string `json:"name"`
		Region    uint64 `json:"region_id"`
		FromStore uint64 `json:"from_store_id"`
		ToStore   uint64 `json:"to_store_id"`
	}{"transfer-peer", region, fromStore, toStore}, refusedOutright)
}

// decodeDone reads PD's answer to a change: a text for people, or null.
func decodeDone(body []byte) (struct{}, error) {
	var said *string
	return struct{}{}, httpapi.DecodeJSON(body, &said)
}
