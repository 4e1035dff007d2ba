package sim

import "fmt"

// Kind is what an [Error] is about, from which the API takes its status.
type Kind int

// The kinds of errors.
const (
	NotBootstrapped Kind = iota + 1
	StoreNotFound
	StoreRemoved
	RegionNotFound
	SchedulerNotFound
	Refused
)

// Error is a refusal in PD's words: a code in brackets, where PD has one, and a
// text.
type Error struct {
	Kind       Kind
	Code, Text string
}

func (e *Error) Error() string {
	if e.Code == "" {
		return e.Text
	}
	return "[" + e.Code + "]" + e.Text
}

func notBootstrapped() error {
	return &Error{NotBootstrapped, "PD:cluster:ErrNotBootstrapped", "TiKV cluster not bootstrapped, please start TiKV first"}
}

func storeNotFound(id uint64) error {
	return &Error{StoreNotFound, "PD:core:ErrStoreNotFound", fmt.Sprintf("store %d not found", id)}
}

func storeRemoved(id uint64) error {
	return &Error{StoreRemoved, "PD:core:ErrStoreRemoved", fmt.Sprintf("store %d has been removed", id)}
}

func regionNotFound(id uint64) error {
	return &Error{RegionNotFound, "PD:region:ErrRegionNotFound", fmt.Sprintf("region %d not found", id)}
}

func schedulerNotFound() error {
	return &Error{SchedulerNotFound, "PD:scheduler:ErrSchedulerNotFound", "scheduler not found"}
}

func refused(code, format string, args ...any) error {
	return &Error{Refused, code, fmt.Sprintf(format, args...)}
}
