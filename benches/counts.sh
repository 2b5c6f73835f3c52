#!/bin/sh
# Instructions per call of the kernels in counts.rs, by the difference between N and 11 N calls under
# callgrind: start-up cancels, and two runs give the same number. Fails when a kernel is more than 3 %
# off benches/counts.txt, either way; --bless writes that file anew.
set -eu
cd "$(dirname "$0")/.."
kept=benches/counts.txt
calls=1000

command -v valgrind >/dev/null || { echo "counts.sh: valgrind is not installed" >&2; exit 1; }
built=$(cargo bench --no-run --bench counts 2>&1) || { echo "$built" >&2; exit 1; }
program=$(echo "$built" | sed -n 's/.*counts\.rs (\(.*\))$/\1/p')

instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2>&1 |
        awk '/Collected :/ { print $4 }'
}

fresh=$(for name in lundby_rk4 lundby_batch cell_step control_tick; do
    few=$(instructions "$name" "$calls")
    many=$(instructions "$name" $((11 * calls)))
    echo "$name $(((many - few) / (10 * calls)))"
done)

if [ "${1:-}" = --bless ]; then
    echo "$fresh" >"$kept"
    cat "$kept"
    exit
fi
echo "$fresh" | awk -v kept="$kept" '
    BEGIN { while ((getline line < kept) > 0) { split(line, part, " "); was[part[1]] = part[2] } }
    {
        change = was[$1] > 0 ? 100 * ($2 / was[$1] - 1) : 100
        verdict = change < -3 || change > 3 ? "FAIL: renew with --bless if it is meant" : "ok"
        printf "%-14s %6d instructions, %6d kept, %+.1f %%  %s\n", $1, $2, was[$1], change, verdict
        failed += verdict != "ok"
    }
    END { exit failed > 0 }'
