#!/usr/bin/env bash
# Everything that is promised of the C interface: the header is what the sources give; it compiles as C99 and as
# C++ without a warning; every call links against nothing, so it needs no std, no heap, no libc and cannot panic;
# the example and the misuse run, under valgrind too.
#
#   check.sh               needs cargo, gcc, g++; cbindgen and valgrind where they are, or with CI=true
#   check.sh --bless       writes the header anew
#   check.sh --self-test   plants a panic, a header that differs, a warning, a read of freed storage and a leak,
#                          and expects each to be caught
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

# compare HEADER: with what the sources give.
compare() {
    (cd "$here" && cbindgen --quiet --config cbindgen.toml --output "$scratch/potline.h")
    diff -u "$1" "$scratch/potline.h"
}

header() {
    if ! command -v cbindgen >/dev/null; then
        missing cbindgen "the header was not compared with the sources (cargo install cbindgen --locked)"
        return
    fi
    compare "$here/include/potline.h" || {
        echo "c: include/potline.h is not what the sources give: bindings/c/check.sh --bless" >&2
        exit 1
    }
    echo "proved  the header is what the sources give"
}

# alone CALL: links it with what it reaches, and nothing else.
alone() {
    gcc -O1 -ffreestanding -fno-builtin -fno-stack-protector -fno-tree-loop-distribute-patterns \
        -static -no-pie -nostartfiles -nostdlib -Wl,--gc-sections -Wl,-e,main "-DENTRY=$1" \
        "$here/../../tests/proof/main.c" "$target/release/libpotline.a" -o "$scratch/linked" 2>"$scratch/log"
}

link() {
    build --features proof
    local calls call failed=0
    mapfile -t calls < <(grep -oE '\bpotline_[a-z_]+\(' "$here/include/potline.h" | tr -d '(' | sort -u)
    ((${#calls[@]} > 0)) || { echo "c: no call found in the header" >&2; exit 1; }
    for call in "${calls[@]}"; do
        alone "$call" || {
            echo "FAILED  $call:" >&2
            grep -oE "undefined reference to .*" "$scratch/log" | sort | uniq -c >&2 || cat "$scratch/log" >&2
            failed=1
        }
    done
    ((failed == 0)) || exit 1
    echo "proved  ${#calls[@]} calls: no std, no heap, no libc, no panic"
}

# compile NAME [-Dx]: as C99, without a warning.
compile() {
    gcc -std=c99 "${strict[@]}" "${@:2}" "$here/$1.c" "$target/release/libpotline.a" -lm -o "$scratch/$(basename "$1")"
}

watched() {
    valgrind --quiet --error-exitcode=9 --leak-check=full "$@"
}

programs() {
    build
    local name
    for name in examples/loop tests/misuse; do
        compile "$name"
        g++ -std=c++11 -x c++ "${strict[@]}" -c "$here/$name.c" -o "$scratch/cpp.o"
    done
    echo "proved  C99 and C++ take the header without a warning"
    "$scratch/loop"
    "$scratch/misuse"
    if command -v valgrind >/dev/null; then
        watched "$scratch/misuse"
        watched "$scratch/loop"
        echo "proved  valgrind has nothing to report"
    else
        missing valgrind "the programs ran without it"
    fi
}

# caught WHAT PATTERN COMMAND...: the command must fail, and say so.
caught() {
    if "${@:3}" >"$scratch/said" 2>&1; then
        echo "FAILED  planted $1 was not caught" >&2
        exit 1
    fi
    # The linker's words are in the log.
    cat "$scratch/log" >>"$scratch/said"
    : >"$scratch/log"
    grep -qE "$2" "$scratch/said" || {
        echo "FAILED  planted $1 failed for another reason:" >&2
        cat "$scratch/said" >&2
        exit 1
    }
    echo "caught  planted $1"
}

self_test() {
    : >"$scratch/log"
    build --features proof,fault
    # The control: a call without the fault links.
    alone potline_abi_version
    caught "panic" "undefined reference to .potline_panic_reached" alone potline_planted_panic
    if command -v cbindgen >/dev/null; then
        sed 's/POTLINE_ABI_VERSION 1/POTLINE_ABI_VERSION 2/' "$here/include/potline.h" >"$scratch/planted.h"
        caught "header" "POTLINE_ABI_VERSION" compare "$scratch/planted.h"
    else
        missing cbindgen "no header was planted"
    fi
    build
    caught "warning" "unused variable" compile tests/planted -DWARNING
    if command -v valgrind >/dev/null; then
        compile tests/planted
        watched "$scratch/planted"
        compile tests/planted -DFREED
        caught "read of freed storage" "Invalid read" watched "$scratch/planted"
        compile tests/planted -DLEAK
        caught "leak" "definitely lost" watched "$scratch/planted"
    else
        missing valgrind "no use of memory was planted"
    fi
}

case ${1-} in
"")
    header
    link
    programs
    ;;
--bless)
    command -v cbindgen >/dev/null || { echo "c: cbindgen is missing (cargo install cbindgen --locked)" >&2; exit 1; }
    compare "$here/include/potline.h" || cp "$scratch/potline.h" "$here/include/potline.h"
    ;;
--self-test) self_test ;;
*)
    echo "usage: check.sh [--bless | --self-test]" >&2
    exit 2
    ;;
esac
