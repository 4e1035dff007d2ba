package ratelimiter

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/ask"
)

// askTimeout bounds one question to one of our own servers. They answer in
// milliseconds, but for a machine that is busy with others.
const askTimeout = 3 * time.Second

// get reads the answer of one of our own servers, past every link.
func get(ctx context.Context, target string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return ask.Get(ctx, target)
}

// send makes a request that may be answered by 200 or one of the other statuses.
func send(ctx context.Context, method, target string, document any, others ...int) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	err := ask.Send(ctx, method, target, document, nil)
	if answer, ok := errors.AsType[*ask.StatusError](err); ok && slices.Contains(others, answer.Status) {
		return nil
	}
	return err
}
