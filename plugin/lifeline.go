package plugin

import (
	"errors"
	"io"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
)

// lifelineVariable tells a plugin the number of its lifeline: a descriptor that
// ends, as a file does, when the host ends, however that happens. Nothing is
// ever written to it.
const lifelineVariable = "OPERATOR_SUBJECT_LIFELINE"

// orphanGrace is how long a plugin whose host is gone has to close its subject.
const orphanGrace = 500 * time.Millisecond

// A lifeline is the plugin's end of it.
type lifeline struct {
	file     *os.File
	server   chan *grpc.Server // the one to be stopped, once there is one
	watched  chan struct{}     // closed when nobody watches any more
	orphaned atomic.Bool
}

// takeLifeline returns the lifeline that the host has announced, and nil where
// there is none. What the plugin starts does not get to know it.
func takeLifeline() *lifeline {
	announced, ok := os.LookupEnv(lifelineVariable)
	if !ok {
		return nil
	}
	_ = os.Unsetenv(lifelineVariable) // fails for names that are none
	fd, err := strconv.Atoi(announced)
	if err != nil || fd <= 2 {
		return nil
	}
	file := openLifeline(fd)
	if file == nil {
		return nil
	}
	return &lifeline{file: file, server: make(chan *grpc.Server, 1), watched: make(chan struct{})}
}

// watch stops the server when the host is gone. From then on the process has
// orphanGrace to end, whatever the subject does.
func (l *lifeline) watch() {
	defer close(l.watched)
	if _, err := io.Copy(io.Discard, l.file); errors.Is(err, os.ErrClosed) {
		return
	}
	l.orphaned.Store(true)
	time.AfterFunc(orphanGrace, func() {
		removeSockets()
		os.Exit(1)
	})
	if server := <-l.server; server != nil {
		server.Stop()
	}
}

// end ends the watch, once nothing is served any more.
func (l *lifeline) end() {
	_ = l.file.Close() // ends the reading of it
	close(l.server)
	<-l.watched
}
