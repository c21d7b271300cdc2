#!/usr/bin/env bash
# Installs what a build needs and is missing: libraries and fonts from Debian, Arrow from PyPI's
# pyarrow wheel where Debian has no libparquet-dev. May be run again at any time; needs root or sudo
# only when a Debian package is missing.
#
#   Tools/setup.sh          what `make build` and `make run` need
#   Tools/setup.sh --test   also the Python packages of the tests, and tcpreplay
#   Tools/setup.sh --bench  also the peers of the benchmarks
set -euo pipefail
cd "$(dirname "$0")/.."
deps="$PWD/.deps"
pyarrow_version=26.0.1

say() { printf 'setup: %s\n' "$*" >&2; }

# --- Debian ------------------------------------------------------------------------------------
packages=(
    pkg-config libstdc++-12-dev python3 python3-venv
    libcairo2-dev zlib1g-dev libmaxminddb-dev libloc-database libsqlite3-dev
    libcurl4-openssl-dev libxml2-dev fonts-dejavu-core
    libpcap-dev libndpi-dev libzstd-dev liblz4-dev libre2-dev
)
[ "${1:-}" != --bench ] || packages+=(libndpi-bin)
# Network namespaces, and traffic sent through them.
[ -z "${1:-}" ] || packages+=(iproute2 procps tcpreplay)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
        missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            say "missing packages: ${missing[*]}: install them as root, or install sudo: apt-get install ${missing[*]}"
            exit 1
        }
        as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null
fi

# --- Arrow and Parquet ---------------------------------------------------------------------------
python="$deps/python/bin/python3"
if [ ! -x "$python" ]; then
    say "making a Python environment in .deps/python"
    mkdir -p "$deps"
    python3 -m venv "$deps/python"
fi
have() { "$python" -c "import importlib.metadata as m, sys; sys.exit(m.version('$1') != '$2')" 2>/dev/null; }

pip_install() {
    say "installing $* from PyPI"
    "$python" -m pip install --quiet --disable-pip-version-check "$@"
}

mkdir -p "$deps/pkgconfig" "$deps/lib"
if env -u PKG_CONFIG_PATH pkg-config --exists "parquet >= 14" 2>/dev/null; then
    rm -f "$deps/pkgconfig"/*.pc
else
    have pyarrow "$pyarrow_version" || pip_install "pyarrow==$pyarrow_version"
    wheel="$("$python" -c 'import pyarrow, os; print(os.path.dirname(pyarrow.__file__))')"
    for library in arrow parquet; do
        file="$(basename "$(ls "$wheel"/lib$library.so.*)")"
        ln -sfn "$wheel/$file" "$deps/lib/$file"
        ln -sfn "$file" "$deps/lib/lib$library.so"
        cat >"$deps/pkgconfig/$library.pc" <<PC
Name: $library
Description: Apache Arrow C++ ($library) from the pyarrow wheel
Version: $pyarrow_version
Requires:$([ "$library" = parquet ] && echo ' arrow')
Cflags: -I$wheel/include
Libs: -L$deps/lib -l$library
PC
    done
fi

# --- tests and benchmarks --------------------------------------------------------------------------
pins=()
case "${1:-}" in
    --test) pins=(numpy==2.4.6 pyarrow==$pyarrow_version) ;;
    --bench) pins=(numpy==2.4.6 pyarrow==$pyarrow_version scipy==1.17.1 polars==2.1.0 matplotlib==3.11.2 pyod==3.6.7 scikit-learn==1.9.1 nfstream==6.6.0) ;;
esac
if [ ${#pins[@]} -gt 0 ]; then
    for pin in "${pins[@]}"; do
        have "${pin%%==*}" "${pin##*==}" || pip_install "$pin"
    done
fi
