"""Results as Markdown tables, between two marks of a page."""

import cases

MARKERS = ("<!-- peers: begin -->", "<!-- peers: end -->")
BATCH, SCALAR = "potline, batch of 300", "potline, one cell"


def renew(path, text):
    before, rest = path.read_text().split(MARKERS[0])
    _, after = rest.split(MARKERS[1])
    path.write_text(f"{before}{MARKERS[0]}\n{text}{MARKERS[1]}{after}")


def figure(x):
    """Three digits, without an exponent where people can do without."""
    return f"{x:,.0f}" if x >= 99.5 else f"{x:.3g}"


def between(values):
    return f"{figure(values['median'])} ({figure(values['least'])} to {figure(values['most'])})"


def ratio(row, mine):
    values = row["ratio"].get(mine)
    return between(values) if values else ""


def verdict(row, target, mine):
    if target is None or mine not in row["ratio"]:
        return ""
    return f"{target}: {'met' if row['ratio'][mine]['median'] >= target else 'missed'}"


def line(*columns):
    return "| " + " | ".join(columns) + " |\n"


def heading(*columns):
    return line(*columns) + "|" + " --- |" * len(columns) + "\n"


def tables(results):
    machine, versions = results["machine"], results["versions"]
    known = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    load = results["load_average"]
    busy = f"; load average {load['before'][0]:.1f} before, {load['after'][0]:.1f} after" if load["before"] else ""
    text = (
        f"{results['date']}{', quick' if results['quick'] else ''}: {machine['processor']}, "
        f"{machine['cores']} cores, {machine['system']}{busy}. {machine['rustc']}; {machine['cc']}; "
        f"Python {machine['python']}; {known}. Medians of {results['rounds']} rounds (least to most).\n\n"
    )
    for name, why in results["absent"].items():
        text += f"**Not measured here:** {name} ({why}).\n\n"
    for failure in results["failures"]:
        text += f"**Failed:** {failure}.\n\n"
    return text + fixed(results) + adaptive(results) + filters(results)


def fixed(results):
    rows = results["fixed"]
    mine = BATCH if BATCH in rows else SCALAR
    text = f"### One Runge–Kutta step of {cases.STEP_S:.0f} s\n\n"
    text += heading("", "ns per cell-step", "times our one cell", "times our batch", "target of ours")
    for name, *_, target in cases.FIXED:
        if name in rows:
            row = rows[name]
            text += line(
                name, between(row["ns"]), ratio(row, SCALAR), ratio(row, BATCH), verdict(row, target, mine)
            )
        else:
            text += line(name, "not measured", "", "", "")
    return text + "\n"


def cheapest(points, error):
    kept = [p for p in points if p["error"] <= error]
    return min(kept, key=lambda p: p["cell_ns_per_h"]["median"]) if kept else None


def adaptive(results):
    """What each solver takes at the cheapest of its measured settings that is good enough."""
    curves, limits = results["curves"], (1e-6, 1e-9)
    text = "### The same error\n\n"
    columns = []
    for limit in limits:
        columns += [f"error below {limit:.0e}: setting", "µs per cell-hour", "error"]
    text += heading("", *columns)
    best = {n: [cheapest(points, limit) for limit in limits] for n, points in curves.items()}
    far = float("inf")
    for name in sorted(best, key=lambda n: best[n][0]["cell_ns_per_h"]["median"] if best[n][0] else far):
        cells = []
        for point in best[name]:
            if point is None:
                cells += ["none", "", ""]
                continue
            setting = point["setting"]
            cells.append(f"{setting:.0f} s" if setting >= 1.0 else f"rtol {setting:.0e}")
            cells += [figure(point["cell_ns_per_h"]["median"] / 1e3), f"{point['error']:.0e}"]
        text += line(name, *cells)
    return text + "\n"


def filters(results):
    rows = results["filters"]
    names = [name for name, *_ in cases.FILTERS if name in rows]
    ours = [name for name in names if name.startswith("potline")]
    text = "### One predict and update of a filter, seven states\n\n"
    text += heading("", "ns", *(f"times {mine}" for mine in ours), "target of ours")
    for name, _, _, target, _ in cases.FILTERS:
        if name in rows:
            row = rows[name]
            ratios = [ratio(row, mine) for mine in ours]
            text += line(name, between(row["ns"]), *ratios, verdict(row, target, ours[-1]))
        else:
            text += line(name, "not measured", *("" for _ in ours), "")
    return text + "\n"
