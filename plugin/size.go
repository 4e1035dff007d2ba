package plugin

import (
	"fmt"
	"os"
	"strconv"

	"google.golang.org/grpc"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// LargestMessageBytes is the most that [Options.MaxMessage] can be: 64 MiB.
const LargestMessageBytes = 64 << 20

// sizeVariable tells a plugin how many bytes its host accepts of a message,
// where that is not MaxMessageBytes.
const sizeVariable = "OPERATOR_SUBJECT_MAX_MESSAGE"

// A size is the largest message that one end of the boundary sends and accepts,
// in bytes. Zero is MaxMessageBytes.
type size int

func (s size) bytes() int {
	if s == 0 {
		return MaxMessageBytes
	}
	return int(s)
}

// check checks what somebody has set.
func (s size) check() error {
	if s == 0 || s >= MaxMessageBytes && s <= LargestMessageBytes {
		return nil
	}
	return &protocol.Error{
		Code:    protocol.InvalidArgument,
		Message: "start plugin",
		Fields:  []protocol.FieldError{{Path: "max_message", Message: fmt.Sprintf("must be from %d to %d bytes, not %d", MaxMessageBytes, LargestMessageBytes, s)}},
	}
}

// environment is what a plugin learns of it.
func (s size) environment() []string {
	if s.bytes() == MaxMessageBytes {
		return nil
	}
	return []string{sizeVariable + "=" + strconv.Itoa(s.bytes())}
}

// takeSize returns the size that the host has announced. What the plugin starts
// does not get to know it.
func takeSize() size {
	announced, err := strconv.Atoi(os.Getenv(sizeVariable))
	_ = os.Unsetenv(sizeVariable) // fails for names that are none
	if err != nil || size(announced).check() != nil {
		return 0
	}
	return size(announced)
}

// callOptions are a host's limits, for connections that were dialled without
// them.
func (s size) callOptions() []grpc.CallOption {
	return []grpc.CallOption{grpc.MaxCallRecvMsgSize(s.bytes()), grpc.MaxCallSendMsgSize(s.bytes())}
}

// over says what is wrong with a message of n bytes.
func (s size) over(what string, n int) *protocol.Error {
	return protocol.Errorf(protocol.ResourceExhausted, "%s has %d bytes, and a message across the boundary at most %d%s", what, n, s.bytes(), s.advice())
}

// advice says how there can be more room, if it can.
func (s size) advice() string {
	if s.bytes() >= LargestMessageBytes {
		return ""
	}
	return fmt.Sprintf("; max_message allows a plugin that is trusted up to %d", LargestMessageBytes)
}
