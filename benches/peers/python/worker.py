"""Answers requests, one JSON object a line: runs a case for a while and says what a run took and gave.

worker.py WORKLOAD.json
"""

import importlib.metadata
import json
import sys
import time

import cells
import filters

PREPARE = cells.PREPARE | filters.PREPARE
PACKAGES = ["numpy", "scipy", "numba", "casadi", "filterpy"]


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def answer(work, kept, request):
    key = json.dumps(request["case"], sort_keys=True)
    if key not in kept:
        run = PREPARE[request["case"]["peer"]](work, request["case"])
        run()
        kept[key] = run
    run, runs = kept[key], 0
    begin = time.thread_time()
    while True:
        states = run()
        runs += 1
        took = time.thread_time() - begin
        if took >= request["least_s"]:
            break
    reply = {"seconds": took / runs}
    if request["states"]:
        reply["states"] = [[[float(v) for v in x] for x in cell] for cell in states]
    return reply


def main():
    with open(sys.argv[1]) as file:
        work = json.load(file)
    kept = {}
    print(json.dumps({name: version(name) for name in PACKAGES}), flush=True)
    for line in sys.stdin:
        try:
            reply = answer(work, kept, json.loads(line))
        except ImportError as error:
            reply = {"missing": str(error)}
        except Exception as error:
            reply = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
