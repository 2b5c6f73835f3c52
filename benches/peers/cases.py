"""The workload, and who carries it how."""

import math
import typing

CELLS = 300
INTERVAL_S = 600.0
CURRENT_A = 140e3
# What the cell uses and makes at that current, as in the model [kg/C].
ALUMINA, METAL = 1.7e-7, 4.43e-8


def workload(hours):
    """Inputs held for 600 s each, the current swinging with 4 h and the feed with 6 h; cells that differ."""
    fed = ALUMINA * CURRENT_A
    inputs = [
        [
            fed * (1.0 + 0.05 * math.cos(2.0 * math.pi * k / 36)),
            CURRENT_A + 4e3 * math.sin(2.0 * math.pi * k / 24),
            0.02 * fed,
            METAL * CURRENT_A,
            0.05,
        ]
        for k in range(round(hours * 3600.0 / INTERVAL_S))
    ]
    start = [3260.0, 470.93, 1726.74, 13500.0, 9900.0, 975.0, 816.0, 580.0]
    spread = [0.02, 0.02, 0.02, 0.0, 0.0, 0.002, 0.002, 0.002]
    starts = [[x * (1.0 + s * math.sin(j)) for x, s in zip(start, spread)] for j in range(CELLS)]
    return {
        "interval_s": INTERVAL_S,
        "checkpoint": 36,
        "inputs": inputs,
        "starts": starts,
        "filter": filter_problem(),
    }


def filter_problem(steps=1000):
    """The size and the entries of our filter's matrices: 30 s, 8.8 t of bath, 7 min to dissolve."""
    h, bath, fed = 30.0, 8800.0, 2.5
    keep, gain, drift, curve = (math.exp(-h / t) for t in (420.0, 144 * 3600.0, 6 * 3600.0, 96 * 3600.0))
    slow = 0.5 * fed
    rows = [
        [1.0, (1.0 - keep) / bath, (0.5 * fed + (1.0 - keep) * slow) / bath, 0.0, 0.0, 0.0, 0.0],
        [0.0, keep, keep * slow, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, gain, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 1.0, h, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, drift, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0, curve, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, curve],
    ]
    return {
        "f": [x for row in rows for x in row],
        "q": [1e-10, 0.0025, 1e-6, 3.6e-19, 1e-27, 1e-10, 1e-6],
        "h": [-1e-5, 0.0, 0.0, 1.0, 0.0, 1e-5, 1e-8],
        "r": 2.5e-17,
        "x": [1e-3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        "p": [s * s for s in (0.005, 6.0, 0.06, 1e-7, 1e-12, 9e-4, 0.1)],
        "z": [1e-8 * math.sin(1.7 * k) for k in range(steps)],
    }


class Peer(typing.NamedTuple):
    """A row of a table: who, which worker runs it, what that one is told."""

    name: str
    worker: str
    case: dict
    # Cells it carries at once.
    cells: int = 1
    # How many times faster ours should be.
    target: float | None = None


BATCH = Peer("potline, batch of 300", "rust", {"peer": "fixed batch"}, CELLS)
SCALAR = Peer("potline, one cell", "rust", {"peer": "fixed scalar"})
REDUCED = [
    Peer("pure Python", "python", {"peer": "python"}, 1, 300),
    Peer("NumPy, 300 cells", "python", {"peer": "numpy"}, CELLS, 30),
    Peer("Numba, 300 cells", "python", {"peer": "numba"}, CELLS, 8),
    Peer("CasADi, generated C", "python", {"peer": "casadi"}, 1, 40),
]
# The same with the equations as their authors print them.
PUBLISHED = [
    peer._replace(name=f"{peer.name}, as published", case={**peer.case, "published": True}) for peer in REDUCED
]
OTHERS = [
    Peer("Numba fastmath, 300 cells", "python", {"peer": "numba", "fast": True}, CELLS, 8),
    Peer("CasADi, a call a step", "python", {"peer": "casadi", "published": True, "calls": True}),
]
FIXED = [BATCH, SCALAR, *REDUCED, *PUBLISHED, *OTHERS]
ADAPTIVE = [
    Peer("potline extrapolation", "rust", {"peer": "extrapolation"}),
    Peer("SciPy LSODA", "python", {"peer": "scipy", "method": "LSODA"}),
    Peer("SciPy DOP853", "python", {"peer": "scipy", "method": "DOP853"}),
    Peer("diffsol tsit45", "rust", {"peer": "diffsol tsit45"}),
    Peer("diffsol bdf", "rust", {"peer": "diffsol bdf"}),
    Peer("ode_solvers Dopri5", "rust", {"peer": "ode_solvers dopri5"}),
    Peer("ode_solvers Dop853", "rust", {"peer": "ode_solvers dop853"}),
]
# Linear filters, which must agree, and the whole step of ours.
OUR_FILTER = Peer("potline, whole step", "rust", {"peer": "filter potline"})
LINEAR = [
    Peer("potline, covariance alone", "rust", {"peer": "filter kernels"}),
    Peer("filterpy", "python", {"peer": "filter filterpy"}, 1, 100),
    Peer("NumPy by hand, Joseph", "python", {"peer": "filter numpy"}),
    Peer("nalgebra, Joseph", "rust", {"peer": "filter nalgebra joseph"}),
    Peer("nalgebra, short form", "rust", {"peer": "filter nalgebra"}),
]
# Kernels of ours whose instructions are counted, their rows, and the cells that a step carries.
KERNELS = [("scalar", SCALAR, 1), ("batch", BATCH, 16)]
# The step of the tables, as the published simulator's [s].
STEP_S = 10.0
STEPS_S = [600.0, 300.0, 150.0, 60.0, 30.0, STEP_S]
QUICK_STEPS_S = [600.0, 60.0, STEP_S]
TOLERANCES = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10]
QUICK_TOLERANCES = [1e-3, 1e-6, 1e-9]
REFERENCE = Peer("reference", "rust", {"peer": "extrapolation all", "rtol": 1e-13}, CELLS)
WITNESS = Peer("witness", "python", {"peer": "scipy", "method": "DOP853", "rtol": 1e-13})
