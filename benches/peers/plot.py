"""Error against time, both logarithmic, as SVG."""

import math

WIDTH, HEIGHT = 920, 560
LEFT, RIGHT, TOP, BOTTOM = 74, 700, 44, 508
# Ours stands out; peers of one family share a hue.
STYLES = {
    "potline, batch of 300": ("#a4262c", 3.0, ""),
    "potline, one cell": ("#a4262c", 2.0, ""),
    "potline extrapolation": ("#d9822b", 2.4, ""),
    "diffsol tsit45": ("#1d4f76", 1.8, ""),
    "diffsol bdf": ("#1d4f76", 1.8, "6 3"),
    "ode_solvers Dopri5": ("#3f8f5f", 1.8, ""),
    "ode_solvers Dop853": ("#3f8f5f", 1.8, "6 3"),
    "SciPy LSODA": ("#7a5195", 1.8, ""),
    "SciPy DOP853": ("#7a5195", 1.8, "6 3"),
    "pure Python": ("#454c52", 1.5, "2 3"),
    "NumPy, 300 cells": ("#454c52", 1.5, ""),
    "Numba, 300 cells": ("#2a9d9d", 1.8, ""),
    "Numba fastmath, 300 cells": ("#2a9d9d", 1.8, "6 3"),
    "CasADi, generated C": ("#c77d9b", 1.8, ""),
}
MARKS = "0123456789"
SUPERSCRIPT = str.maketrans("-" + MARKS, "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power(exponent):
    return "10" + str(exponent).translate(SUPERSCRIPT)


def work_precision(curves):
    points = [(p["cell_ns_per_h"]["median"] / 1e3, p["error"]) for line in curves.values() for p in line]
    least_x, most_x = (f(math.log10(x) for x, _ in points) for f in (min, max))
    least_y, most_y = (f(math.log10(max(y, 1e-15)) for _, y in points) for f in (min, max))
    low_x, high_x = math.floor(least_x * 2) / 2, math.ceil(most_x * 2) / 2
    low_y, high_y = math.floor(least_y), math.ceil(most_y)

    def at(x, y):
        return (
            LEFT + (RIGHT - LEFT) * (math.log10(x) - low_x) / (high_x - low_x),
            BOTTOM - (BOTTOM - TOP) * (math.log10(max(y, 1e-15)) - low_y) / (high_y - low_y),
        )

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-label="Error against time of the solvers">',
        "<style>text { font: 12px system-ui, sans-serif; fill: #363c41; } .title { font-size: 14px; "
        "font-weight: 600; fill: #22272b; } .grid { stroke: #22272b; stroke-opacity: 0.1; } "
        ".frame { stroke: #6b7277; fill: none; }</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text class="title" x="{LEFT}" y="22">Eight-state cell, inputs held for 600 s: '
        "error against time (down and left is better)</text>",
    ]
    for exponent in range(math.ceil(low_x), math.floor(high_x) + 1):
        x, _ = at(10.0**exponent, 1.0)
        out.append(f'<path class="grid" d="M{x:.1f} {TOP}V{BOTTOM}"/>')
        out.append(f'<text x="{x:.1f}" y="{BOTTOM + 17}" text-anchor="middle">{power(exponent)}</text>')
    for exponent in range(low_y, high_y + 1, 2):
        _, y = at(1.0, 10.0**exponent)
        out.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{RIGHT}"/>')
        out.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{power(exponent)}</text>')
    out.append(f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}"/>')
    middle = (TOP + BOTTOM) / 2
    out.append(
        f'<text x="{(LEFT + RIGHT) / 2}" y="{BOTTOM + 38}" text-anchor="middle">'
        "CPU time per simulated hour of one cell [µs]</text>"
        f'<text transform="translate(20 {middle}) rotate(-90)" text-anchor="middle">'
        "largest relative error of any state</text>"
    )
    for row, (name, line) in enumerate((n, curves[n]) for n in STYLES if n in curves):
        colour, width, dash = STYLES[name]
        # Along the settings, not along time: a tolerance that costs less and errs more is shown as it is.
        places = [at(p["cell_ns_per_h"]["median"] / 1e3, p["error"]) for p in line]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        stroke = f'stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dash or "none"}"'
        out.append(f'<path d="M{path}" fill="none" {stroke} stroke-linejoin="round"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        y = TOP + 12 + 20 * row
        out.append(f'<path d="M{RIGHT + 14} {y - 4}h26" {stroke}/>')
        out.append(f'<text x="{RIGHT + 46}" y="{y}">{name}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"
