"""Asks the workers, in alternation, and checks what they answer."""

import json
import os
import statistics
import subprocess

import cases

# Fixed steps of the same length are the same numbers but for round-off.
SAME = 1e-11
# An adaptive solver's error over its tolerance; one below is round-off.
SLACK, ROUND_OFF = 100.0, 1e-10


class Worker:
    """One process of peers. Threads of numerical libraries are held to one: cores are compared."""

    def __init__(self, command):
        one = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **one}
        )
        self.about = self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"a worker ended: {self.process.args}, exit {self.process.wait()}")
        return json.loads(line)

    def ask(self, case, least_s, states=False):
        self.process.stdin.write(json.dumps({"case": case, "least_s": least_s, "states": states}) + "\n")
        self.process.stdin.flush()
        return self.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def distance(some, others):
    """The largest relative difference of any state of any cell at any checkpoint."""
    return max(
        abs(a - b) / abs(b)
        for one, other in zip(some, others)
        for x, y in zip(one, other)
        for a, b in zip(x, y)
    )


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


class Bench:
    def __init__(self, workers, work, least_s, rounds, say):
        self.workers, self.work, self.least_s, self.rounds, self.say = workers, work, least_s, rounds, say
        self.failures, self.absent = [], {}
        reply = self.ask(*cases.REFERENCE, states=True)
        self.reference = reply["states"]
        witness = self.ask(*cases.WITNESS, states=True)
        self.witness = distance(witness["states"], self.reference) if "states" in witness else None
        if self.witness is None:
            say("NOT CHECKED: the reference, for want of SciPy")
        elif self.witness > ROUND_OFF:
            self.failures.append(f"reference and SciPy differ by {self.witness:.1e}")

    def ask(self, worker, case, states=False):
        reply = self.workers[worker].ask(case, self.least_s, states)
        if "failed" in reply:
            self.failures.append(f"{case}: {reply['failed']}")
        return reply

    def first(self, name, worker, case):
        """Warms a case up and gives its states, or nothing if it cannot be had here."""
        reply = self.ask(worker, case, states=True)
        if "states" not in reply:
            why = reply.get("missing", reply.get("failed"))
            if name not in self.absent:
                self.say(f"NOT MEASURED: {name}: {why}")
            self.absent[name] = why
        return reply.get("states")

    def timed(self, rows, ours, unit):
        """Each peer beside each of ours, round by round: times of one unit of work, and their ratios [ns]."""
        times = {name: [] for name, *_ in rows}
        ratios = {name: {mine: [] for mine in ours} for name in times}
        by_name = {name: (worker, case, cells) for name, worker, case, cells in rows}

        def once(name):
            worker, case, cells = by_name[name]
            took = self.ask(worker, case)["seconds"] * 1e9 / (cells * unit)
            times[name].append(took)
            return took

        for _ in range(self.rounds):
            for name in times:
                took = once(name)
                for mine in ours:
                    if mine != name:
                        ratios[name][mine].append(took / once(mine))
        return {
            name: {
                "ns": spread(times[name]),
                "ratio": {mine: spread(r) for mine, r in ratios[name].items() if r},
            }
            for name in times
        }

    def fixed(self, steps_s):
        """The table at one step, and error against time at all."""
        rows, curves, own = [], {}, {}
        for name, worker, case, cells, _ in cases.FIXED:
            # In another form of the equations only the time differs.
            for h in [cases.STEP_S] if "published" in case else steps_s:
                states = self.first(name, worker, {**case, "h": h})
                if states is None:
                    break
                own.setdefault(h, states)
                apart = distance(states[:1], own[h])
                if apart > SAME:
                    self.failures.append(f"{name}, {h} s: {apart:.1e} from our steps of that length")
                # The others have this cell only; all of them must hold, too.
                if h == cases.STEP_S and distance(states, self.reference) > ROUND_OFF:
                    self.failures.append(f"{name}: not every cell is right")
                if "published" in case:
                    continue
                point = {"setting": h, "error": distance(states[:1], self.reference)}
                point["cell_ns_per_h"] = self.per_hour(worker, {**case, "h": h}, cells)
                curves.setdefault(name, []).append(point)
            else:
                rows.append((name, worker, {**case, "h": cases.STEP_S}, cells))
        steps = len(self.work["inputs"]) * cases.INTERVAL_S / cases.STEP_S
        ours = [name for name, *_ in rows if name.startswith("potline")]
        return self.timed(rows, ours, steps), curves

    def adaptive(self, tolerances):
        curves = {}
        for name, worker, case in cases.ADAPTIVE:
            for rtol in tolerances:
                states = self.first(name, worker, {**case, "rtol": rtol})
                if states is None:
                    break
                error = distance(states, self.reference)
                if error > max(SLACK * rtol, ROUND_OFF):
                    self.failures.append(f"{name} at {rtol:.0e}: error {error:.1e}")
                point = {"setting": rtol, "error": error}
                point["cell_ns_per_h"] = self.per_hour(worker, {**case, "rtol": rtol}, 1)
                curves.setdefault(name, []).append(point)
        return curves

    def per_hour(self, worker, case, cells):
        hours = len(self.work["inputs"]) * cases.INTERVAL_S / 3600.0
        rounds = min(self.rounds, 3)
        return spread([self.ask(worker, case)["seconds"] * 1e9 / (cells * hours) for _ in range(rounds)])

    def filters(self):
        rows, agreed = [], None
        for name, worker, case, _, linear in cases.FILTERS:
            states = self.first(name, worker, case)
            if states is None:
                continue
            if linear:
                agreed = agreed or states
                apart = distance(states, agreed)
                if apart > 1e-9:
                    self.failures.append(f"{name}: {apart:.1e} from the other filters")
            rows.append((name, worker, case, 1))
        ours = [name for name, *_ in rows if name.startswith("potline")]
        return self.timed(rows, ours, len(self.work["filter"]["z"]))
