package verify

import "time"

// The bounds of an answer. What is over one is an error that says so.
const (
	// MaxSources is how many sources an observation may have.
	MaxSources = 1_000
	// MaxViolations is how many violations an observation may have.
	MaxViolations = 10_000
	// MaxUnchecked is how many unchecked invariants and entities an observation
	// may have.
	MaxUnchecked = 10_000
	// MaxChanges is how many changes an outcome may have.
	MaxChanges = 10_000
	// MaxDuration is the longest that an observation, or reading one of its
	// sources, may say that it took.
	MaxDuration = 24 * time.Hour
	// MaxClockStep is how far in the future an observation may lie: clocks are
	// set back now and then.
	MaxClockStep = time.Minute
)

// The bounds of a definition.
const (
	// MaxInvariants is how many invariants a definition may have.
	MaxInvariants = 1_000
	// MaxActions is how many actions a definition may have.
	MaxActions = 100
	// MaxRepairs is how many invariants an action may say that it repairs.
	MaxRepairs = MaxInvariants
	// MaxTextBytes is the length of all texts of a definition together.
	MaxTextBytes = 1 << 20
	// MaxSchemaBytes is the length of one schema.
	MaxSchemaBytes = 128 << 10
	// MaxSchemaValues is how many JSON values all schemas of a definition may
	// have together: objects, lists, texts, numbers and the rest.
	MaxSchemaValues = 10_000
	// MaxSchemaSteps is how many schemas may apply to one and the same value, by
	// allOf, anyOf, oneOf, references and their like.
	MaxSchemaSteps = 1_000
	// MaxPatternSize is the size of one regular expression, and MaxPatternsSize
	// of all that a definition has, in instructions: about one for each
	// character to match, after repetitions are written out.
	MaxPatternSize  = 2_000
	MaxPatternsSize = 50_000
)

// The bounds of a document.
const (
	// MaxDepth is how deep objects and lists may lie in each other.
	MaxDepth = 64
	// MaxFields is how many fields an object may have.
	MaxFields = 100_000
	// MaxNumberBytes is the length of a number, and MaxExponentDigits of its
	// exponent: enough for every number that a float64 holds.
	MaxNumberBytes    = 400
	MaxExponentDigits = 3
	// MaxWholeBytes is the size of a value that a schema asks more of than can
	// be seen while reading; see the package's documentation.
	MaxWholeBytes = 16 << 10
	// MaxSchemaWork bounds what looking at such values and matching patterns takes
	// in one document, and MaxValueWork what one such value takes. The unit is
	// applying one schema to one value, of the order of a microsecond.
	MaxSchemaWork = 500_000
	MaxValueWork  = 25_000
)

// maxListed is how many problems an error names.
const maxListed = 20
