#!/usr/bin/env bash
# Everything that is promised of the C interface: the header is what the sources give; it compiles as C99 and as
# C++ without a warning; every call links against nothing, so it needs no std, no heap, no libc and cannot panic;
# the example and the misuse run, under valgrind too.
#
#   check.sh            needs cargo, gcc, g++; cbindgen and valgrind where they are, or with CI=true
#   check.sh --bless    writes the header anew
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}/c
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
strict=(-O2 -Wall -Wextra -Wpedantic -Werror -I "$here/include")

missing() {
    if [[ ${CI-} == true ]]; then
        echo "c: $1 is missing" >&2
        exit 1
    fi
    echo "SKIPPED: $1 is missing: $2"
}

# What the proof needs must hold, whatever profile a configuration of the machine prefers.
export CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_INCREMENTAL=0

build() {
    cargo build --quiet --release --manifest-path "$here/Cargo.toml" --target-dir "$target" "$@"
}

header() {
    local cbindgen
    if ! cbindgen=$(command -v cbindgen); then
        missing cbindgen "the header was not compared with the sources (cargo install cbindgen --locked)"
        return
    fi
    (cd "$here" && "$cbindgen" --quiet --config cbindgen.toml --output "$scratch/potline.h")
    if [[ ${1-} == --bless ]]; then
        cp "$scratch/potline.h" "$here/include/potline.h"
    fi
    diff -u "$here/include/potline.h" "$scratch/potline.h" || {
        echo "c: include/potline.h is not what the sources give: bindings/c/check.sh --bless" >&2
        exit 1
    }
    echo "proved  the header is what the sources give"
}

# Each call alone, linked against nothing.
link() {
    build --features proof
    local calls call failed=0
    mapfile -t calls < <(grep -oE '\bpotline_[a-z_]+\(' "$here/include/potline.h" | tr -d '(' | sort -u)
    ((${#calls[@]} > 0)) || { echo "c: no call found in the header" >&2; exit 1; }
    for call in "${calls[@]}"; do
        gcc -O1 -ffreestanding -fno-builtin -fno-stack-protector -fno-tree-loop-distribute-patterns \
            -static -no-pie -nostartfiles -nostdlib -Wl,--gc-sections -Wl,-e,main "-DENTRY=$call" \
            "$here/../../tests/proof/main.c" "$target/release/libpotline.a" -o "$scratch/linked" 2>"$scratch/log" || {
            echo "FAILED  $call:" >&2
            grep -oE "undefined reference to .*" "$scratch/log" | sort | uniq -c >&2 || cat "$scratch/log" >&2
            failed=1
        }
    done
    ((failed == 0)) || exit 1
    echo "proved  ${#calls[@]} calls: no std, no heap, no libc, no panic"
}

programs() {
    build
    local name
    for name in examples/loop tests/misuse; do
        gcc -std=c99 "${strict[@]}" "$here/$name.c" "$target/release/libpotline.a" -lm -o "$scratch/$(basename $name)"
        g++ -std=c++11 -x c++ "${strict[@]}" -c "$here/$name.c" -o "$scratch/cpp.o"
    done
    echo "proved  C99 and C++ take the header without a warning"
    "$scratch/loop"
    "$scratch/misuse"
    if command -v valgrind >/dev/null; then
        valgrind --quiet --error-exitcode=9 --leak-check=full "$scratch/misuse"
        valgrind --quiet --error-exitcode=9 --leak-check=full "$scratch/loop"
        echo "proved  valgrind has nothing to report"
    else
        missing valgrind "the programs ran without it"
    fi
}

header "${1-}"
link
programs
