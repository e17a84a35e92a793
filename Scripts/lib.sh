# What the scripts share: where we are, and how a Debian package gets here.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# The C core is optimised in debug builds too; see Package.swift.
export BUSKER_FAST_C=1

# The libraries Busker links, and the tools that find and check them.
libraries=(
    pkg-config libfftw3-dev libsndfile1-dev libmpg123-dev libvorbis-dev libsamplerate0-dev libebur128-dev
    libsqlite3-dev libpq-dev libcrypt-dev libcurl4-openssl-dev
)

# Many tests and connections at once open more files than the 1,024 that a login shell may.
ulimit -Sn "$(ulimit -Hn)" 2>/dev/null || true

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# as_root COMMAND...: runs it as root, by sudo where that is needed.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "This needs root or sudo: $*"
    fi
}

# need PACKAGE...: installs the Debian packages that are missing.
need() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "Installing ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
        install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# run_tests PATH OPTION...: runs the built tests of a package; what failed is said again at the end.
run_tests() {
    local log status=0 package=$1
    shift
    log=$(mktemp)
    swift test --package-path "$package" --skip-build --disable-xctest "$@" 2>&1 | tee "$log" || status=$?
    if [ "$status" != 0 ]; then
        say "What failed"
        grep -aE -A 6 'recorded an issue|Fatal error|with unexpected signal|error:' "$log" | cut -c 1-2000 | head -n 200
        grep -aE '^✘ ' "$log" | tail -n 40
    fi
    rm -f "$log"
    return "$status"
}

command -v swift >/dev/null || fail "Swift 6.2 or later is needed: see https://www.swift.org/install/linux/debian/"
