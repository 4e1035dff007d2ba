package plugin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Resolve returns the path of the binary that Options.Path means: the path
// itself, or where a name is found in PATH. The error is a *protocol.Error:
// NotFound, PermissionDenied where it is not executable, InvalidArgument where
// it is no file.
func Resolve(path string) (string, error) { return resolve("find plugin", path) }

// Checksum returns the SHA-256 of the binary that Options.Path means, in 64
// hexadecimal digits as Options.SHA256 takes it. The error is a *protocol.Error:
// Resolve's, or PermissionDenied where the binary cannot be read.
func Checksum(path string) (string, error) {
	const op = "take checksum of plugin"
	resolved, err := resolve(op, path)
	if err != nil {
		return "", err
	}
	b, err := openBinary(op, resolved)
	if err != nil {
		return "", err
	}
	defer b.close()
	sum, err := b.sum()
	if err != nil {
		return "", protocol.Errorf(protocol.Unavailable, "%s %s: %w", op, resolved, withoutPath(err))
	}
	return sum, nil
}

// A binary is a file that is about to be started.
type binary struct {
	path string
	file *os.File
	info fs.FileInfo
}

// openBinary opens a regular file. One that is none might keep us waiting.
func openBinary(op, path string) (*binary, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, protocol.Errorf(protocol.InvalidArgument, "%s %s: it is no regular file; give the path of a binary", op, path)
	}
	var file *os.File
	if err == nil {
		file, err = os.Open(path) //nolint:gosec // the configured binary
	}
	if err == nil {
		info, err = file.Stat()
	}
	if err != nil {
		return nil, protocol.Errorf(protocol.PermissionDenied, "%s %s: its checksum cannot be taken: %w; make it readable", op, path, withoutPath(err))
	}
	return &binary{path: path, file: file, info: info}, nil
}

// openVerified opens the binary to be started and checks that it is the one
// that is expected. There is none to close where none is expected.
func openVerified(opts Options) (*binary, error) {
	if opts.SHA256 == "" {
		return nil, nil //nolint:nilnil // any binary will do
	}
	b, err := openBinary("read", opts.Path)
	if err != nil {
		return nil, err
	}
	sum, err := b.sum()
	if err != nil {
		return b, fmt.Errorf("take its checksum: %w", withoutPath(err))
	}
	if sum != opts.SHA256 {
		return b, protocol.Errorf(protocol.PermissionDenied,
			"it is not the binary that is expected: its SHA-256 is %s, and has to be %s; if you meant to replace it, pin it again (operator pin)",
			sum, opts.SHA256)
	}
	return b, b.unchanged()
}

func (b *binary) sum() (string, error) {
	h := sha256.New()
	// A file that grows is not the one that is expected, and has no end.
	if _, err := io.Copy(h, io.LimitReader(b.file, b.info.Size()+1)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// unchanged reports an error if the file, or what has its path now, is not what
// was opened.
func (b *binary) unchanged() error {
	if b == nil {
		return nil
	}
	now, err := os.Stat(b.path)
	if err == nil && os.SameFile(b.info, now) && b.info.Size() == now.Size() &&
		b.info.ModTime().Equal(now.ModTime()) && changeTime(b.info) == changeTime(now) {
		return nil
	}
	return protocol.Errorf(protocol.PermissionDenied, "the file was changed while it was being started, and what was started is not left running: start it again")
}

func (b *binary) close() {
	if b != nil {
		_ = b.file.Close() // it was read only
	}
}

// resolve finds the binary for op.
func resolve(op, path string) (string, error) {
	if path == "" {
		return "", &protocol.Error{
			Code:    protocol.InvalidArgument,
			Message: op,
			Fields:  []protocol.FieldError{{Path: "plugin", Message: "no path to a binary is given"}},
		}
	}
	resolved, err := exec.LookPath(path)
	if err != nil {
		return "", lookPathError(op, path, err)
	}
	return resolved, nil
}

func lookPathError(op, path string, err error) error {
	e := &protocol.Error{Err: err}
	cause := withoutPath(err)
	switch {
	case errors.Is(err, fs.ErrPermission):
		e.Code = protocol.PermissionDenied
		e.Message = fmt.Sprintf("%s %s: %v; make it executable (chmod +x)", op, path, cause)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		e.Code = protocol.NotFound
		e.Message = fmt.Sprintf("%s %s: %v; build or install it, or correct its path", op, path, cause)
	default: // a directory; or a name that PATH has in the working directory
		e.Code = protocol.InvalidArgument
		e.Message = fmt.Sprintf("%s %s: %v; give the path of a binary", op, path, cause)
	}
	return e
}

// withoutPath returns the reason in an error of package os or exec, for a
// message that has the path already.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*exec.Error](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err
}

// normalSHA256 returns a checksum as it is compared, or what is wrong with it.
func normalSHA256(sum string) (string, error) {
	if raw, err := hex.DecodeString(sum); sum != "" && (err != nil || len(raw) != sha256.Size) {
		return "", &protocol.Error{
			Code:    protocol.InvalidArgument,
			Message: "start plugin",
			Fields: []protocol.FieldError{{
				Path:    "sha256",
				Message: fmt.Sprintf("must have %d hexadecimal digits, and is %s", 2*sha256.Size, printable(clip(sum, 80))),
			}},
		}
	}
	return strings.ToLower(sum), nil
}
