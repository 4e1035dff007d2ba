package pd

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

// MaxPage is the largest page of [Client.Regions].
const MaxPage = 1024

const pagePath = "/regions/key"

// Regions walks all regions in the order of their keys, in pages of at most
// limit, 1 to [MaxPage]. A cluster has up to millions; each page is a call of
// its own, as bounded as any other, and the walk goes on when the loop asks for
// more. An error ends it.
//
// Regions split, merge and move meanwhile: the walk covers all keys, but is no
// picture of one moment.
func (c *Client) Regions(ctx context.Context, limit int) iter.Seq2[[]Region, error] {
	return func(yield func([]Region, error) bool) {
		if limit < 1 || limit > MaxPage {
			yield(nil, invalid(http.MethodGet, pagePath, fmt.Sprintf("limit: %d is not 1 to %d", limit, MaxPage)))
			return
		}
		for from := []byte(nil); ; {
			page, err := c.page(ctx, from, limit)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page.regions) > 0 && !yield(page.regions, nil) || len(page.next) == 0 {
				return
			}
			from = page.next
		}
	}
}

// page is one step of a walk.
type page struct {
	regions []Region
	next    []byte // the key where the next page begins; empty at the end
}

// page returns the regions from the one that holds the key from, or the first
// after it. PD takes the key as it is, only escaped for the query.
func (c *Client) page(ctx context.Context, from []byte, limit int) (page, error) {
	query := url.Values{"key": {string(from)}, "limit": {strconv.Itoa(limit)}}
	return endpoints.Ask(ctx, c.group, reading(pagePath, query.Encode(), func(body io.Reader) (page, error) {
		list, err := decodeRegions(body, limit)
		if err != nil {
			return page{}, err
		}
		if list.Count > limit {
			return page{}, fmt.Errorf("count is %d, asked for %d regions", list.Count, limit)
		}
		next, err := following(from, list.Regions)
		return page{regions: list.Regions, next: next}, err
	}))
}

// following returns the key after a page. It has to be further on than where
// the page began: a walk that stands still would never end.
func following(from []byte, regions []Region) ([]byte, error) {
	if len(regions) == 0 {
		return nil, nil
	}
	end := regions[len(regions)-1].EndKey
	next, err := hex.DecodeString(end)
	if err != nil || len(next) > 0 && bytes.Compare(next, from) <= 0 {
		return nil, fmt.Errorf("regions[%d].end_key is %s, not after the key that was asked for", len(regions)-1, failure.Quote(end))
	}
	return next, nil
}

// decodeRegion decodes one region of a list.
func decodeRegion(raw []byte, i int) (Region, error) {
	return document.DecodeItem(raw, fmt.Sprintf("regions[%d]", i), readRegion)
}
