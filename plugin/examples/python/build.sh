#!/bin/sh
# Builds the plugin as one executable file: a zip archive that Python runs, with
# the code that protoc generates of the .proto files in it. One file is what
# `operator pin` can pin.
#
#   build.sh [FILE]      FILE is build/operator-subject-spool if not given
#
# PYTHON is the interpreter that is to run it, /usr/bin/python3 if not set: it
# has to be the one that knows grpc, which the first python3 in PATH need not be.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/build/operator-subject-spool}
python=${PYTHON:-/usr/bin/python3}
grpc_plugin=$(command -v grpc_python_plugin) || {
	echo "grpc_python_plugin is not here: apt-get install protobuf-compiler-grpc" >&2
	exit 1
}

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cp -R "$here/spool" "$tree/spool"
find "$tree" -name __pycache__ -prune -exec rm -rf {} +

# protoc's Python imports by the path of the .proto: subject/v1 and proto/ are
# both roots.
protoc -I "$here/../../proto" -I "$here/proto" \
	--plugin=protoc-gen-grpc_python="$grpc_plugin" \
	--python_out="$tree" --grpc_python_out="$tree" \
	subject/v1/subject.proto goplugin.proto health.proto status.proto
touch "$tree/subject/__init__.py" "$tree/subject/v1/__init__.py"
printf 'from spool.main import main\n\nmain()\n' >"$tree/__main__.py"

# The same sources make the same file, so that its checksum is theirs.
find "$tree" -exec touch -t 198001020000 {} +
mkdir -p "$(dirname "$out")"
"$python" -m zipapp --python "$python" --output "$out" "$tree"
