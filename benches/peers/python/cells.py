"""Peers that carry the cell through the workload: each `prepare_*` gives run(), and run() gives the states
at the checkpoints, cells by checkpoints by eight.

The inputs are held over an interval; adaptive solvers start anew at each, as they must in a plant.
"""

import math
import os
import pathlib
import subprocess
import tempfile

import model


def segments(work):
    """The intervals between checkpoints."""
    n = work["checkpoint"]
    inputs = [tuple(u) for u in work["inputs"]]
    return [inputs[k : k + n] for k in range(0, len(inputs), n)]


def steps(work, case):
    return round(work["interval_s"] / case["h"])


def form(case):
    return case.get("published", False)


def prepare_python(work, case):
    held, _, rk4_step = model.build(math.exp, math.log, math.sqrt, as_published=form(case))
    parts, n, h = segments(work), steps(work, case), case["h"]
    start = tuple(work["starts"][0])

    def run():
        x, seen = start, []
        for part in parts:
            for u in part:
                u = held(*u)
                for _ in range(n):
                    x = rk4_step(x, u, h)
            seen.append(x)
        return [seen]

    return run


def prepare_numpy(work, case):
    import numpy as np

    held, rates, _ = model.build(np.exp, np.log, np.sqrt, as_published=form(case))
    parts, n, h = segments(work), steps(work, case), case["h"]
    start = np.array(work["starts"]).T.copy()
    cells = start.shape[1]

    def slope(x, u, k):
        # One array for all states: the combinations below are one operation instead of eight.
        for row, value in zip(k, rates(x, u)):
            row[:] = value
        return k

    def run():
        x, seen = start.copy(), []
        a, b, c, d = (np.empty_like(x) for _ in range(4))
        for part in parts:
            for u in part:
                u = held(*u)
                for _ in range(n):
                    slope(x, u, a)
                    slope(x + (0.5 * h) * a, u, b)
                    slope(x + (0.5 * h) * b, u, c)
                    slope(x + h * c, u, d)
                    x += (h / 6.0) * (a + 2.0 * (b + c) + d)
            seen.append(x.copy())
        return np.array(seen).transpose(2, 0, 1).reshape(cells, len(parts), 8)

    return run


def prepare_numba(work, case):
    import numba
    import numpy as np

    compiled = numba.njit(fastmath=case.get("fast", False))
    held, _, rk4_step = model.build(math.exp, math.log, math.sqrt, compiled, form(case))
    n, h = steps(work, case), case["h"]
    starts, inputs, every = np.array(work["starts"]), np.array(work["inputs"]), work["checkpoint"]

    @compiled
    def run(starts, inputs):
        seen = np.empty((starts.shape[0], inputs.shape[0] // every, 8))
        for cell in range(starts.shape[0]):
            s = starts[cell]
            x = (s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7])
            for k in range(inputs.shape[0]):
                u = held(inputs[k, 0], inputs[k, 1], inputs[k, 2], inputs[k, 3], inputs[k, 4])
                for _ in range(n):
                    x = rk4_step(x, u, h)
                if (k + 1) % every == 0:
                    for i in range(8):
                        seen[cell, (k + 1) // every - 1, i] = x[i]
        return seen

    return lambda: run(starts, inputs)


def prepare_casadi(work, case):
    """The step as an expression graph, repeated and mapped over the inputs, written as C and compiled."""
    import casadi as ca
    import numpy as np

    held, _, rk4_step = model.build(ca.exp, ca.log, ca.sqrt, as_published=form(case))
    x, u = ca.SX.sym("x", 8), ca.SX.sym("u", 5)
    after = ca.vertcat(*rk4_step(ca.vertsplit(x), held(*ca.vertsplit(u)), case["h"]))
    step = ca.Function("step", [x, u], [after], {"cse": not form(case)})
    if case.get("calls"):
        return stepped(work, case, step)
    # One call carries the state over all intervals; only states at their ends come back.
    xm, um = ca.MX.sym("x", 8), ca.MX.sym("u", 5)
    # The input takes part in the repetition unchanged.
    both = ca.Function("both", [xm, um], [step(xm, um), um])
    interval = both.fold(steps(work, case)) if steps(work, case) > 1 else both
    held_over = ca.Function("interval", [xm, um], [interval(xm, um)[0]])
    run = held_over.mapaccum("run", len(work["inputs"]))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="peers-casadi-"))
    here = os.getcwd()
    os.chdir(folder)
    try:
        run.generate("run.c")
    finally:
        os.chdir(here)
    compiler = os.environ.get("CC", "cc")
    flags = ["-O3", "-march=native", "-fPIC", "-shared"]
    subprocess.run([compiler, *flags, folder / "run.c", "-o", folder / "run.so", "-lm"], check=True)
    native = ca.external("run", str(folder / "run.so"))
    start, inputs = ca.DM(work["starts"][0]), ca.DM(np.array(work["inputs"]).T)
    every = work["checkpoint"]
    return lambda: [np.array(native(start, inputs)).T[every - 1 :: every]]


def stepped(work, case, step):
    """The expression graph evaluated by CasADi itself, one call a step."""
    parts, n = segments(work), steps(work, case)

    def run():
        x, seen = work["starts"][0], []
        for part in parts:
            for u in part:
                for _ in range(n):
                    x = step(x, u)
            seen.append([float(v) for v in x.full()[:, 0]])
        return [seen]

    return run


def prepare_scipy(work, case):
    import numpy as np
    from scipy.integrate import solve_ivp

    held, rates, _ = model.build(math.exp, math.log, math.sqrt)
    parts, length = segments(work), work["interval_s"]
    start, method, rtol = np.array(work["starts"][0]), case["method"], case["rtol"]

    def over(x, u, first_step):
        # Plain floats: arithmetic on single elements of arrays is several times slower.
        solution = solve_ivp(
            lambda _, y: rates(y.tolist(), u),
            (0.0, length),
            x,
            method=method,
            rtol=rtol,
            atol=rtol,
            first_step=first_step,
        )
        if not solution.success:
            raise RuntimeError(solution.message)
        return solution

    def run():
        x, seen, step = start, [], None
        for part in parts:
            for u in part:
                solution = over(x, held(*u), step)
                x = solution.y[:, -1]
                # A multistep method begins with a short one, whatever went before.
                step = None if method == "LSODA" else np.diff(solution.t).max()
            seen.append(x)
        return [seen]

    return run


PREPARE = {
    "python": prepare_python,
    "numpy": prepare_numpy,
    "numba": prepare_numba,
    "casadi": prepare_casadi,
    "scipy": prepare_scipy,
}
