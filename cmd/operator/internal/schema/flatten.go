package schema

// A Field is a leaf of a schema, with the path that leads there: "urls[]" is an
// item of a list, "labels.*" any field of a map.
type Field struct {
	Path string
	// Required tells that its object must have it; the object itself may be
	// optional.
	Required bool
	Schema   Schema
}

// The bounds of Flatten: schemas may be recursive.
const (
	maxFields = 500
	maxNested = 10
)

// Flatten returns the fields of an object and of the objects in it, in their
// order. An object with fields is there by its fields alone.
func (s Schema) Flatten() []Field {
	var fields []Field
	s.flatten("", false, 0, &fields)
	return fields
}

func (s Schema) flatten(path string, required bool, depth int, fields *[]Field) {
	if len(*fields) >= maxFields {
		return
	}
	properties := s.Properties()
	items, hasItems := s.Items()
	extra, hasExtra := s.Additional()
	switch {
	case depth >= maxNested:
		*fields = append(*fields, Field{path, required, s})
	case len(properties) > 0:
		for _, p := range properties {
			at := p.Name
			if path != "" {
				at = path + "." + p.Name
			}
			p.Schema.flatten(at, p.Required, depth+1, fields)
		}
	case hasItems && items.composite():
		items.flatten(path+"[]", required, depth+1, fields)
	case hasExtra && extra.composite():
		extra.flatten(path+".*", required, depth+1, fields)
	case path != "":
		*fields = append(*fields, Field{path, required, s})
	}
}

// composite tells whether there are fields to go into.
func (s Schema) composite() bool { return len(s.Properties()) > 0 }
