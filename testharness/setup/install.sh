#!/bin/sh
# Makes sure that the real servers the demo and the tests run on are here:
# redis-server and prometheus. Looks first in $REDIS_SERVER and $PROMETHEUS, then
# in PATH; installs what is missing with apt-get or brew, saying so first, and
# starts no system service.
#
#   --with-compiler  also a C compiler, which Go's race detector needs on Linux
#   --with-python    also what the plugin in Python is built and run with: protoc
#                    with its gRPC plugin, and for $PYTHON (/usr/bin/python3 if not
#                    set) the packages grpc, protobuf and jsonschema
set -eu

say() { printf '%s\n' "$*" >&2; }

# have VARIABLE COMMAND: is the server named by the variable, or in PATH?
have() {
	eval "named=\${$1:-}"
	if [ -n "$named" ]; then
		command -v "$named" >/dev/null 2>&1 && return 0
		say "$1=$named cannot be run; set it to the path of $2, or unset it"
		exit 1
	fi
	command -v "$2" >/dev/null 2>&1
}

compiler=
python=
for flag in "$@"; do
	case $flag in
	--with-compiler) compiler=yes ;;
	--with-python) python=${PYTHON:-/usr/bin/python3} ;;
	*)
		say "unknown flag $flag; there are --with-compiler and --with-python"
		exit 2
		;;
	esac
done

# has_protoc: is it there, with the types that every .proto may import?
has_protoc() {
	protoc=$(command -v protoc) || return 1
	[ -e "${protoc%/bin/protoc}/include/google/protobuf/any.proto" ] || [ -e /usr/include/google/protobuf/any.proto ]
}

# python_has MODULE: can it be imported?
python_has() { command -v "$python" >/dev/null 2>&1 && "$python" -c "import $1" >/dev/null 2>&1; }

packages=
have REDIS_SERVER redis-server || packages="redis"
have PROMETHEUS prometheus || packages="$packages prometheus"
if [ -n "$compiler" ] && [ "$(uname -s)" = Linux ]; then
	command -v "${CC:-gcc}" >/dev/null 2>&1 || packages="$packages gcc"
fi
if [ -n "$python" ]; then
	has_protoc || packages="$packages protoc"
	command -v grpc_python_plugin >/dev/null 2>&1 || packages="$packages grpc"
	missing=
	python_has google.protobuf || missing="$missing protobuf"
	python_has grpc || missing="$missing grpcio"
	python_has jsonschema || missing="$missing jsonschema"
	if [ -z "$missing" ]; then
		: # nothing
	elif [ "$python" = /usr/bin/python3 ] && command -v apt-get >/dev/null 2>&1; then
		for module in $missing; do
			packages="$packages python3-$module"
		done
	else
		# Neither has brew packages of these, nor is an interpreter of somebody's
		# own ours to change.
		say "Missing for $python:$missing. Make an environment (python3 -m venv DIR && DIR/bin/pip install$missing) and set PYTHON=DIR/bin/python"
		exit 1
	fi
fi
[ -n "$packages" ] || exit 0

if command -v brew >/dev/null 2>&1 && ! command -v apt-get >/dev/null 2>&1; then
	brews=
	for package in $packages; do
		case $package in
		protoc) brews="$brews protobuf" ;;
		*) brews="$brews $package" ;;
		esac
	done
	say "Installing$brews with brew (no service is started)"
	# shellcheck disable=SC2086 # a list of words on purpose
	exec brew install --quiet $brews
fi
if ! command -v apt-get >/dev/null 2>&1; then
	say "Missing: $packages. Neither apt-get nor brew is here; install them, or set REDIS_SERVER and PROMETHEUS to their paths"
	exit 1
fi

debian=
for package in $packages; do
	case $package in
	redis) debian="$debian redis-server" ;;
	gcc) debian="$debian gcc libc6-dev" ;;
	protoc) debian="$debian protobuf-compiler libprotobuf-dev" ;;
	grpc) debian="$debian protobuf-compiler-grpc" ;;
	*) debian="$debian $package" ;;
	esac
done
sudo=
if [ "$(id -u)" -ne 0 ]; then
	sudo=sudo
	command -v sudo >/dev/null 2>&1 || { say "Missing:$debian. Run as root: apt-get install$debian"; exit 1; }
fi
say "Installing$debian with ${sudo:+sudo }apt-get (their system services are neither started nor enabled)"

# Debian's packages start their service when they are installed, unless
# policy-rc.d forbids it (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt).
policy=/usr/sbin/policy-rc.d
ours=
log=
cleanup() {
	[ -z "$ours" ] || $sudo rm -f "$policy"
	[ -z "$log" ] || rm -f "$log"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ ! -e "$policy" ]; then
	ours=yes
	printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
	$sudo chmod 755 "$policy"
fi

log=$(mktemp)
run() {
	"$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2; say "failed: $*"; exit 1; }
}
run $sudo apt-get -q update
# shellcheck disable=SC2086 # a list of words on purpose
run $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends $debian

if command -v systemctl >/dev/null 2>&1; then
	for package in redis-server prometheus; do
		case " $debian " in *" $package "*) ;; *) continue ;; esac
		$sudo systemctl disable --quiet "$package" >/dev/null 2>&1 || :
	done
fi
