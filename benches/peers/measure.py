"""Asks the workers, in alternation, and checks what they answer."""

import json
import math
import os
import statistics
import subprocess

import cases

# Fixed steps of the same length are the same numbers but for round-off.
SAME = 1e-11
# An adaptive solver's error over its tolerance; one below is round-off.
SLACK, ROUND_OFF = 100.0, 1e-10
# Linear filters are the same numbers, over a thousand steps of a covariance.
SAME_FILTER = 1e-9


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
    """The largest relative difference of any state of any cell at any checkpoint; infinite for what is no number."""
    apart = [
        abs(a - b) / abs(b)
        for one, other in zip(some, others, strict=True)
        for x, y in zip(one, other, strict=True)
        for a, b in zip(x, y, strict=True)
    ]
    return max(apart) if all(map(math.isfinite, apart)) else math.inf


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


class Bench:
    def __init__(self, workers, work, least_s, rounds, say):
        self.workers, self.work, self.least_s, self.rounds, self.say = workers, work, least_s, rounds, say
        self.failures, self.absent = [], {}
        self.hours = len(work["inputs"]) * cases.INTERVAL_S / 3600.0
        self.reference = self.first(cases.REFERENCE)
        witness = self.first(cases.WITNESS)
        self.witness = distance(witness, self.reference[:1]) if witness else None
        if self.witness is None:
            say("NOT CHECKED: the reference, for want of SciPy")
        else:
            self.hold(self.witness, ROUND_OFF, "the reference, from SciPy's")

    def hold(self, apart, limit, what):
        if not apart <= limit:
            self.failures.append(f"{what}: {apart:.1e} off, {limit:.1e} at most")

    def ask(self, peer, states=False):
        reply = self.workers[peer.worker].ask(peer.case, self.least_s, states)
        if "failed" in reply:
            self.failures.append(f"{peer.name} ({peer.case}): {reply['failed']}")
        return reply

    def first(self, peer):
        """Warms a peer up and gives its states, or nothing if it cannot be had here."""
        reply = self.ask(peer, states=True)
        if "states" not in reply and peer.name not in self.absent:
            self.absent[peer.name] = reply.get("missing", reply.get("failed"))
            self.say(f"NOT MEASURED: {peer.name}: {self.absent[peer.name]}")
        return reply.get("states")

    def timed(self, peers, unit):
        """Each peer beside each of ours, round by round: time of one unit of work [ns], and their ratios."""
        ours = [peer for peer in peers if peer.name.startswith("potline")]
        times = {peer.name: [] for peer in peers}
        ratios = {peer.name: {mine.name: [] for mine in ours if mine is not peer} for peer in peers}

        def once(peer):
            took = self.ask(peer)["seconds"] * 1e9 / (peer.cells * unit)
            times[peer.name].append(took)
            return took

        for _ in range(self.rounds):
            for peer in peers:
                took = once(peer)
                for mine in ours:
                    if mine is not peer:
                        ratios[peer.name][mine.name].append(took / once(mine))
        return {
            name: {"ns": spread(times[name]), "ratio": {mine: spread(r) for mine, r in ratios[name].items()}}
            for name in times
        }

    def point(self, peer, setting, states):
        """Error and time of a peer at one setting. All have the first cell."""
        rounds = range(min(self.rounds, 3))
        took = spread([self.ask(peer)["seconds"] * 1e9 / (peer.cells * self.hours) for _ in rounds])
        return {"setting": setting, "error": distance(states[:1], self.reference[:1]), "cell_ns_per_h": took}

    def fixed(self, steps_s):
        """The table at one step, and error against time at all."""
        peers, curves, same = [], {}, {}
        for peer in cases.FIXED:
            # In another form of the equations only the time differs.
            for h in [cases.STEP_S] if "published" in peer.case else steps_s:
                told = peer._replace(case={**peer.case, "h": h})
                states = self.first(told)
                if states is None:
                    break
                same.setdefault(h, states)
                self.hold(distance(states[:1], same[h][:1]), SAME, f"{peer.name}, {h} s, from our steps")
                if h == cases.STEP_S:
                    self.hold(distance(states, self.reference[: len(states)]), ROUND_OFF, peer.name)
                    peers.append(told)
                if "published" not in peer.case:
                    curves.setdefault(peer.name, []).append(self.point(told, h, states))
        return self.timed(peers, self.hours * 3600.0 / cases.STEP_S), curves

    def adaptive(self, tolerances):
        curves = {}
        for peer in cases.ADAPTIVE:
            for rtol in tolerances:
                told = peer._replace(case={**peer.case, "rtol": rtol})
                states = self.first(told)
                if states is None:
                    break
                point = self.point(told, rtol, states)
                self.hold(point["error"], max(SLACK * rtol, ROUND_OFF), f"{peer.name} at {rtol:.0e}")
                curves.setdefault(peer.name, []).append(point)
        return curves

    def filters(self):
        peers, same = [], None
        for peer in [cases.OUR_FILTER, *cases.LINEAR]:
            states = self.first(peer)
            if states is None:
                continue
            if peer in cases.LINEAR:
                same = same or states
                self.hold(distance(states, same), SAME_FILTER, f"{peer.name}, from the other filters")
            peers.append(peer)
        return self.timed(peers, len(self.work["filter"]["z"]))
