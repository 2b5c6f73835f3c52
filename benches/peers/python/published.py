"""The same cell as its authors print it: one formula after the other, powers as powers, everything anew at
each evaluation. What a reader of the paper writes down; `model` is the same with the work taken out."""

AREA, FUSION, CONDUCTIVITY, LIQUID_HEAT, SOLID_HEAT = 17.92, 119_495.0, 2.5, 1881.0, 1320.0
K0, K1, K2 = 2e-5, 2.0 * CONDUCTIVITY * AREA / FUSION, 1200.0 * AREA / FUSION
K3, K4, K5, K6 = 1.7e-7, 0.02, 0.03, 4.43e-8
K7, K8, K12, K13 = LIQUID_HEAT * K2, LIQUID_HEAT * K1, SOLID_HEAT * K2, SOLID_HEAT * K1
K9, K10, K11 = AREA, 1.0 / 1200.0, 1.0 / (2.0 * CONDUCTIVITY)
K14, K17, K19, K20 = 0.1 / 13.0, 6e-7, 35.0, 1.0 / 25.0
ALPHA, BETA = 5.66e-4, 7.58e-4


def build(exp, compiled):
    """(held, rates) on the given function; nothing is held."""

    @compiled
    def held(feed, current, alf3, tap, acd):
        return feed, current, alf3, tap, acd

    @compiled
    def rates(x, u):
        x1, x2, x3, x4, x5, x6, x7, x8 = x
        u1, u2, u3, u4, u5 = u
        mass = x2 + x3 + x4
        c2, c3 = x2 / mass, x3 / mass
        p2, p3 = 100.0 * c2, 100.0 * c3
        lowered = 7.93 * p2 / (1.0 + 0.0936 * p3 - 0.0017 * p3**2 - 0.0023 * p3 * p2)
        g1 = 991.2 + 1.12 * p3 - 0.13 * p3**2.2 + 0.061 * p3**1.5 - lowered
        g2 = exp(2.496 - 2068.4 / (273.0 + x6) - 2.07 * c2)
        by_current = 0.531 + 6.958e-7 * u2 - 2.51e-12 * u2**2 + 3.06e-18 * u2**3
        g3 = by_current + (0.431 - 0.1437 * (p2 - 2.2)) / (1.0 + 7.353 * (p2 - 2.2))
        g4 = (0.5517 + 3.8168e-6 * u2) / (1.0 + 8.271e-6 * u2)
        g5 = 3.8168e-6 * g3 * g4 * u2 / (g2 * (1.0 - g3))
        voltage = g5 + u2 * u5 / (2620.0 * g2)
        freezing = K1 * (g1 - x7) / (x1 * K0) - K2 * (x6 - g1)
        bath = (
            u2 * voltage
            - K9 * (x6 - x7) / (K10 + K11 * K0 * x1)
            - K7 * (x6 - g1) ** 2
            + K8 * (x6 - g1) * (g1 - x7) / (K0 * x1)
        )
        ledge = (
            K9 * (g1 - x7) / (K11 * K0 * x1)
            - K9 * (x7 - x8) / (K14 + K11 * K0 * x1)
            + K13 * (g1 - x7) ** 2 / (K0 * x1)
            - K12 * (x6 - g1) * (g1 - x7)
        )
        wall = K9 * (x7 - x8) / (K14 + K11 * K0 * x1) - K9 * (x8 - K19) / (K14 + K20)
        return (
            freezing,
            u1 - K3 * u2,
            u3 - K4 * u1,
            K5 * u1 - freezing,
            K6 * u2 - u4,
            ALPHA / mass * bath,
            BETA / x1 * ledge,
            K17 * wall,
        )

    return held, rates
