"""The eight-state cell of src/sim/reference/lundby2022.rs, equation by equation, for every Python peer.

The same lines run on floats (math), on arrays of cells (NumPy), compiled (Numba) and as symbols (CasADi):
only exp, log and sqrt differ, and `compiled` wraps each function.
"""

import published

THICKNESS, AREA, FUSION, CONDUCTIVITY, FILM = 2e-5, 17.92, 119_495.0, 2.5, 1200.0
K1, K2 = 2.0 * CONDUCTIVITY * AREA / FUSION, FILM * AREA / FUSION
K3, K4, K5, K6 = 1.7e-7, 0.02, 0.03, 4.43e-8
LIQUID_HEAT, SOLID_HEAT = 1881.0, 1320.0
K10, K11, K14 = 1.0 / FILM, 1.0 / (2.0 * CONDUCTIVITY), 0.1 / (2.0 * 6.5)
OUT = AREA / (K14 + 1.0 / 25.0)
AT_LEDGE = AREA / K11
K17, K19 = 6e-7, 35.0
ALPHA, BETA = 5.66e-4, 7.58e-4 * THICKNESS
PER_AREA, PER_GAP = 3.8168e-6, 1.0 / 2620.0
EFFECT, STEEP = 2.2, 7.353


def build(exp, log, sqrt, compiled=lambda f: f, as_published=False):
    """(held, rates, rk4_step) on the given functions."""
    held, rates = published.build(exp, compiled) if as_published else reduced(exp, log, sqrt, compiled)
    return held, rates, rk4(rates, compiled)


def reduced(exp, log, sqrt, compiled):
    """(held, rates): what the inputs alone decide is worked out once, and nothing twice."""

    @compiled
    def held(feed, current, alf3, tap, acd):
        power = current * current
        bubble = (0.5517 + PER_AREA * current) / (1.0 + 8.271e-6 * current)
        coverage = 0.531 + current * (6.958e-7 + current * (-2.51e-12 + current * 3.06e-18))
        return (
            feed - K3 * current,
            alf3 - K4 * feed,
            K6 * current - tap,
            K5 * feed,
            power * acd * PER_GAP,
            power * PER_AREA * bubble,
            coverage,
        )

    @compiled
    def rates(x, u):
        ledge, alumina, alf3, cryolite, _, bath_t, ledge_t, wall_t = x
        d_alumina, d_alf3, d_metal, d_cryolite, gap, bubbles, by_current = u
        per_mass = 1.0 / (alumina + alf3 + cryolite)
        a = 100.0 * alumina * per_mass
        b = 100.0 * alf3 * per_mass
        liquidus = (
            991.2
            + 1.12 * b
            + 0.061 * b * sqrt(b)
            - 7.93 * a / (1.0 + b * (0.0936 - 0.0017 * b - 0.0023 * a))
            - 0.13 * exp(2.2 * log(b))
        )
        resistivity = exp(2068.4 / (273.0 + bath_t) + 0.0207 * a - 2.496)
        d = a - EFFECT
        below = 1.0 + STEEP * d
        above = by_current * below + (0.431 - 0.1437 * d)
        power = (gap + bubbles * above / (below - above)) * resistivity
        thickness = THICKNESS * ledge
        per_thickness = 1.0 / thickness
        superheat = bath_t - liquidus
        across = liquidus - ledge_t
        w = K1 * across * per_thickness - K2 * superheat
        q_ledge = AREA * (bath_t - ledge_t) / (K10 + K11 * thickness)
        q_wall = AREA * (ledge_t - wall_t) / (K14 + K11 * thickness)
        return (
            w,
            d_alumina,
            d_alf3,
            d_cryolite - w,
            d_metal,
            ALPHA * per_mass * (power - q_ledge + LIQUID_HEAT * superheat * w),
            BETA * per_thickness * (AT_LEDGE * across * per_thickness - q_wall + SOLID_HEAT * across * w),
            K17 * (q_wall - OUT * (wall_t - K19)),
        )

    return held, rates


def rk4(rates, compiled):
    @compiled
    def moved(x, h, k):
        x0, x1, x2, x3, x4, x5, x6, x7 = x
        k0, k1, k2, k3, k4, k5, k6, k7 = k
        return (
            x0 + h * k0,
            x1 + h * k1,
            x2 + h * k2,
            x3 + h * k3,
            x4 + h * k4,
            x5 + h * k5,
            x6 + h * k6,
            x7 + h * k7,
        )

    @compiled
    def rk4_step(x, u, h):
        a = rates(x, u)
        b = rates(moved(x, 0.5 * h, a), u)
        c = rates(moved(x, 0.5 * h, b), u)
        d = rates(moved(x, h, c), u)
        return moved(x, h / 6.0, moved(moved(a, 2.0, moved(b, 1.0, c)), 1.0, d))

    return rk4_step
