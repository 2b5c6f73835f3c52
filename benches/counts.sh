#!/bin/sh
# Instructions per call of the kernels in counts.rs, by the difference between N and 11 N calls under
# callgrind: start-up cancels, and two runs give the same number. Fails when a kernel is more than 3 %
# off benches/counts.txt, either way; --bless writes that file anew. Heavy kernels are called less often.
set -eu
cd "$(dirname "$0")/.."
kept=benches/counts.txt

command -v valgrind >/dev/null || { echo "counts.sh: valgrind is not installed" >&2; exit 1; }
built=$(cargo bench --no-run --bench counts 2>&1) || { echo "$built" >&2; exit 1; }
program=$(echo "$built" | sed -n 's/.*counts\.rs (\(.*\))$/\1/p')

instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2>&1 |
        awk '/Collected :/ { print $4 }'
}

fresh=$(while read -r name calls; do
    few=$(instructions "$name" "$calls")
    many=$(instructions "$name" $((11 * calls)))
    echo "$name $(((many - few) / (10 * calls)))"
done <<KERNELS
lundby_rk4 1000
lundby_batch 1000
cell_step 1000
control_tick 1000
line_300 30
ekf_step 1000
ekf_blind_step 1000
propagate 1000
propagate_dense 1000
fuse 1000
fuse_cholesky 1000
fuse_joseph 1000
map_decode 1000
trial_scan 1000
KERNELS
)

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
        printf "%-18s %8d instructions, %8d kept, %+.1f %%  %s\n", $1, $2, was[$1], change, verdict
        failed += verdict != "ok"
    }
    END { exit failed > 0 }'
