package document

import "io"

// Each is [Read] for an object that holds one long list: it hands the objects of
// the array that must be in the field list to read, one after the other, with
// those of their fields that have one of the names, and holds no more of the
// document than the one that is being read. The item is read's until it returns.
// A name that is there twice in an item is an error, as a field is to Read.
func Each(body io.Reader, list string, names []string, read func(*Item)) error {
	item := Item{list: list, names: names, values: make([][]byte, len(names))}
	return Read(body, Field{Name: list, Read: func(s *Stream) error {
		return s.List(func(i int) error {
			raw, err := s.Value()
			if err != nil {
				return err
			}
			item.index = i
			item.take(raw)
			if item.problem == nil {
				read(&item)
			}
			return item.problem
		})
	}})
}
