package pd

import (
	"fmt"
	"io"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
)

// decodeRegions reads PD's {"count":…,"regions":[…]} as it comes. Of the
// regions the first keep are decoded and held; the others are only counted, and
// once PD has said the count, which it does first, they are not read at all.
// Where all are read, the count has to be theirs.
func decodeRegions(body io.Reader, keep int) (RegionList, error) {
	r := regionStream{keep: keep, count: -1, regions: []Region{}}
	err := document.Read(body, document.Field{Name: "count", Read: r.readCount}, document.Field{Name: "regions", Read: r.readRegions})
	if err == nil && r.whole && r.count != int64(r.seen) {
		err = fmt.Errorf("count is %d, but there are %d regions", r.count, r.seen)
	}
	if err != nil {
		return RegionList{}, err
	}
	return RegionList{Count: int(r.count), Regions: r.regions}, nil
}

// regionStream is a list of regions being read.
type regionStream struct {
	keep    int
	count   int64 // as PD says; -1 as long as it has not
	seen    int   // regions that were read
	whole   bool  // the list was read to its end
	regions []Region
}

// enough reports whether nothing further in the list matters, nor after it.
func (r *regionStream) enough() bool {
	return r.count > int64(r.keep) && len(r.regions) == r.keep
}

func (r *regionStream) readCount(s *document.Stream) error {
	raw, err := s.Value()
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(string(raw), 10, 31)
	if err != nil {
		return fmt.Errorf("count is %s, want a number of regions", failure.Line(string(raw)))
	}
	r.count = int64(n)
	return nil
}

func (r *regionStream) readRegions(s *document.Stream) error {
	err := s.List(func(i int) error {
		if r.enough() {
			return document.ErrEnough
		}
		raw, err := s.Value()
		if err != nil {
			return err
		}
		if r.seen++; i < r.keep {
			region, err := decodeRegion(raw, i)
			if err != nil {
				return err
			}
			r.regions = append(r.regions, region)
		}
		return nil
	})
	r.whole = err == nil
	return err
}
