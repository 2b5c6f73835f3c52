#!/usr/bin/env bash
# Proves of every entry point in src/lib.rs that it needs no std, no allocator and no libc, and that
# no panic can be reached in it: each is linked alone, against nothing. Needs cargo and gcc.
#
#   run.sh              the proof
#   run.sh --self-test  plants an allocation, std, a call of libc and three ways to panic, and expects
#                       each to be caught
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}/proof
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Entry points in which a panic can be reached, because of something outside our hands; the reason
# belongs beside the name. An entry here that no longer panics fails the proof too.
may_panic=()

# What the proof needs must hold, whatever profile a configuration of the machine prefers.
export CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_INCREMENTAL=0

build() {
    cargo build --quiet --release --manifest-path "$here/Cargo.toml" --target-dir "$target" "$@"
}

# try_link ENTRY [-Dx]: links main, ENTRY and what they reach, and nothing else.
try_link() {
    gcc -O1 -ffreestanding -fno-builtin -fno-stack-protector -fno-tree-loop-distribute-patterns \
        -static -no-pie -nostartfiles -nostdlib -Wl,--gc-sections -Wl,-e,main \
        "-DENTRY=$1" "${@:2}" "$here/main.c" "$target/release/libpotline_proof.a" \
        -o "$scratch/linked" 2>"$scratch/link.log"
}

# The first few complaints of the linker, each once.
complaints() {
    grep -oE "undefined reference to .*|multiple definition of .*" "$scratch/link.log" | sort | uniq -c | head -5 ||
        head -5 "$scratch/link.log"
}

prove() {
    build
    local entries failed=0 entry expected
    mapfile -t entries < <(grep -oE 'fn potline_proof_[a-z0-9_]+' "$here/src/lib.rs" | sed 's/^fn //' | grep -v '_fault$')
    if ((${#entries[@]} == 0)); then
        echo "proof: no entry point found in src/lib.rs" >&2
        return 1
    fi
    for entry in "${entries[@]}"; do
        if ! try_link "$entry" -DPANIC_MAY_BE_REACHED; then
            echo "FAILED  $entry needs more than itself:"
            complaints
            failed=1
            continue
        fi
        expected=no
        [[ " ${may_panic[*]-} " == *" $entry "* ]] && expected=yes
        if try_link "$entry"; then
            if [[ $expected == yes ]]; then
                echo "FAILED  $entry no longer panics: take it off the list"
                failed=1
            else
                echo "proved  $entry: no std, no allocator, no libc, no panic"
            fi
        elif [[ $expected == yes ]] && grep -q potline_panic_reached "$scratch/link.log"; then
            echo "proved  $entry: no std, no allocator, no libc; A PANIC CAN BE REACHED (listed)"
        else
            echo "FAILED  $entry can panic:"
            complaints
            failed=1
        fi
    done

    local bare=thumbv7em-none-eabihf
    if [[ -d $(rustc --print sysroot)/lib/rustlib/$bare ]]; then
        build --target "$bare"
        echo "proved  the core builds for $bare"
    else
        echo "SKIPPED $bare: target not installed (rustup target add $bare)"
    fi

    if ((failed)); then
        echo "proof: FAILED" >&2
        return 1
    fi
    echo "proof: ${#entries[@]} entry points, ${#may_panic[@]} of them may panic"
}

# expect FAULT PATTERN: the build or the link must fail, and for the right reason.
expect() {
    if build --features "$1" 2>"$scratch/build.log" && try_link potline_proof_fault; then
        echo "FAILED  planted $1 was not caught" >&2
        return 1
    fi
    if ! cat "$scratch"/*.log | grep -qE "$2"; then
        echo "FAILED  planted $1 failed for another reason:" >&2
        cat "$scratch"/*.log >&2
        return 1
    fi
    rm -f "$scratch"/*.log
    echo "caught  planted $1: $2"
}

case ${1-} in
"") prove ;;
--self-test)
    # The control: without a fault everything links.
    build
    try_link potline_proof_cell_step
    expect fault-alloc "no global memory allocator found"
    expect fault-std "duplicate lang item.*panic_impl"
    expect fault-libc "undefined reference to .exp'"
    expect fault-index "undefined reference to .potline_panic_reached"
    expect fault-divide "undefined reference to .potline_panic_reached"
    expect fault-unwrap "undefined reference to .potline_panic_reached"
    ;;
*)
    echo "usage: run.sh [--self-test]" >&2
    exit 2
    ;;
esac
