#!/usr/bin/env python3
"""Measures the peers beside potline: installs, builds, runs, checks, and writes results, table and plot.

    benches/peers/run.py [--quick] [--page docs/performance.md]

Needs Python 3.10 or later and cargo; a C compiler for CasADi's row. Everything it makes but the results
stands under target/peers.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import platform
import subprocess
import sys
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MADE = ROOT / "target" / "peers"
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

import cases  # noqa: E402
import instructions  # noqa: E402
import measure  # noqa: E402
import page  # noqa: E402
import plot  # noqa: E402


def say(text):
    print(f"peers: {text}", file=sys.stderr, flush=True)


def install():
    """The Python of a fresh environment, with every required package that can be had."""
    required = (HERE / "requirements.txt").read_text()
    folder, stamp = MADE / "venv", MADE / "venv.sha256"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    mark = hashlib.sha256((required + sys.version).encode()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == mark:
        return python
    say("installing the Python peers")
    venv.create(folder, clear=True, with_pip=True)
    pip = [python, "-m", "pip", "install", "--quiet"]
    if subprocess.run([*pip, "-r", HERE / "requirements.txt"]).returncode == 0:
        stamp.write_text(mark)
        return python
    for package in required.split():
        if subprocess.run([*pip, package], capture_output=True).returncode != 0:
            say(f"NOT INSTALLED: {package}; its rows will be marked")
    return python


def build():
    say("building the compiled peers (minutes, the first time)")
    target = MADE / "rust"
    command = ["cargo", "build", "--profile", "peers", "--manifest-path", HERE / "rust" / "Cargo.toml"]
    built = subprocess.run([*command, "--target-dir", target], capture_output=True, text=True)
    if built.returncode != 0:
        raise SystemExit(f"{built.stderr}\npeers: the compiled peers do not build")
    return target / "peers" / "potline-peers"


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return None


def machine():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "rustc": first_line("rustc", "--version"),
        "cc": first_line(os.environ.get("CC", "cc"), "--version"),
    }


def compiled_versions():
    text = (HERE / "rust" / "Cargo.lock").read_text()
    found = {}
    for block in text.split("[[package]]"):
        fields = dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line)
        name = fields.get("name", "").strip('"')
        if name in ("diffsol", "ode_solvers", "nalgebra"):
            found.setdefault(name, []).append(fields["version"].strip('"'))
    return {name: found[name][-1] for name in found}


def main():
    parser = argparse.ArgumentParser(description="Measures the peers beside potline.")
    parser.add_argument("--quick", action="store_true", help="under three minutes once built; rougher")
    parser.add_argument("--page", type=pathlib.Path, help="page whose marked tables are renewed")
    parser.add_argument("--out", type=pathlib.Path, help="folder for results and plot")
    options = parser.parse_args()
    if options.page:
        page.check(options.page)

    out = options.out or (options.page.parent / "performance" if options.page else MADE)

    begin = time.monotonic()
    for folder in (MADE, out):
        folder.mkdir(parents=True, exist_ok=True)
    python, compiled = install(), build()
    work = cases.workload(12.0 if options.quick else 24.0)
    file = MADE / "workload.json"
    file.write_text(json.dumps(work))
    workers = {
        "python": measure.Worker([python, "-B", HERE / "python" / "worker.py", file]),
        "rust": measure.Worker([compiled, file]),
    }
    say("measuring")
    least_s, rounds = (0.05, 3) if options.quick else (0.2, 7)
    load_before = os.getloadavg() if hasattr(os, "getloadavg") else None
    bench = measure.Bench(workers, work, least_s, rounds, say)
    steps = cases.QUICK_STEPS_S if options.quick else cases.STEPS_S
    tolerances = cases.QUICK_TOLERANCES if options.quick else cases.TOLERANCES
    table, curves = bench.fixed(steps)
    say("fixed steps done")
    curves |= bench.adaptive(tolerances)
    say("adaptive solvers done")
    filters = bench.filters()
    probe = workers["rust"].ask({"peer": "probe"}, 0.05 if options.quick else 0.3)
    counted = {name: instructions.per_step(compiled, name, cells) for name, _, cells in cases.KERNELS}
    if None in counted.values():
        say("NOT COUNTED: instructions, for want of valgrind or objdump")
    results = {
        "schema_version": 1,
        "quick": options.quick,
        "date": datetime.date.today().isoformat(),
        "machine": machine() | workers["rust"].about,
        "load_average": {"before": load_before, "after": os.getloadavg() if load_before else None},
        "versions": workers["python"].about | compiled_versions(),
        "hours": len(work["inputs"]) * cases.INTERVAL_S / 3600.0,
        "rounds": rounds,
        "reference_apart": bench.witness,
        "fixed": table,
        "curves": curves,
        "filters": filters,
        "probe": probe,
        "instructions": counted,
        "absent": bench.absent,
        "failures": bench.failures,
    }
    for worker in workers.values():
        worker.close()
    (out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (out / "work-precision.svg").write_text(plot.work_precision(curves))
    texts = {"peers": page.tables(results), "limit": page.limit(results)}
    if options.page:
        page.renew(options.page, texts)
    print(*texts.values(), sep="\n")
    say(f"{time.monotonic() - begin:.0f} s; results.json and work-precision.svg in {out}")
    for failure in bench.failures:
        say(f"FAILED: {failure}")
    sys.exit(1 if bench.failures else 0)


if __name__ == "__main__":
    main()
