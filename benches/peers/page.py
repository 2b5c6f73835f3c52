"""Results as Markdown tables, between marks of a page."""

import cases

SECTIONS = ("peers", "limit")
OPERATIONS = ("sums", "products", "fused", "divisions", "roots")
PROBES = {
    "instruction": "instructions taken in",
    "fma_avx2": "fused multiply-add, AVX2",
    "fma_avx512": "fused multiply-add, AVX-512",
    "mul_and_add_scalar": "product and sum, one at a time",
    "mul_and_add_sse2": "product and sum, SSE2",
    "div_scalar": "division, one at a time",
    "div_sse2": "division, SSE2",
    "div_avx2": "division, AVX2",
    "div_avx512": "division, AVX-512",
    "sqrt_scalar": "square root, one at a time",
    "sqrt_avx2": "square root, AVX2",
    "exp_std": "exp of the C library",
    "ln_std": "ln of the C library",
}


def marks(section):
    return f"<!-- {section}: begin -->\n", f"<!-- {section}: end -->\n"


def check(path):
    text = path.read_text()
    for section in SECTIONS:
        for mark in marks(section):
            if text.count(mark) != 1:
                raise SystemExit(f"{path} needs one line {mark.strip()}")


def renew(path, texts):
    page = path.read_text()
    for section in SECTIONS:
        begin, end = marks(section)
        before, rest = page.split(begin)
        page = before + begin + texts[section] + end + rest.split(end)[1]
    path.write_text(page)


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
    rows, own = results["fixed"], (cases.SCALAR.name, cases.BATCH.name)
    judged = cases.BATCH.name if cases.BATCH.name in rows else cases.SCALAR.name
    text = f"### One Runge–Kutta step of {cases.STEP_S:.0f} s\n\n"
    text += heading("", "ns per cell-step", "times our one cell", "times our batch", "target of ours")
    for peer in cases.FIXED:
        if peer.name in rows:
            row = rows[peer.name]
            ratios = [ratio(row, mine) for mine in own]
            text += line(peer.name, between(row["ns"]), *ratios, verdict(row, peer.target, judged))
        else:
            text += line(peer.name, "not measured", "", "", "")
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
        columns += [f"error below {limit:.0e}: setting", "error", "µs per cell-hour", "times our batch"]
    text += heading("", *columns)
    best = {n: [cheapest(points, limit) for limit in limits] for n, points in curves.items()}
    far = float("inf")
    for name in sorted(best, key=lambda n: cost(best[n][0]) or far):
        cells = []
        for place, point in enumerate(best[name]):
            if point is None:
                cells += ["none", "", "", ""]
                continue
            setting = point["setting"]
            cells += [f"{setting:.0f} s" if setting >= 1.0 else f"rtol {setting:.0e}", f"{point['error']:.0e}"]
            batch = cost(best[cases.BATCH.name][place]) if cases.BATCH.name in best else None
            cells += [figure(cost(point)), figure(cost(point) / batch) if batch else ""]
        text += line(name, *cells)
    return text + "\n"


def cost(point):
    """µs of CPU time per simulated hour of one cell."""
    return point["cell_ns_per_h"]["median"] / 1e3 if point else None


def filters(results):
    rows = results["filters"]
    peers = [cases.OUR_FILTER, *cases.LINEAR]
    ours = [peer.name for peer in peers if peer.name in rows and peer.name.startswith("potline")]
    text = "### One predict and update of a filter, seven states\n\n"
    text += heading("", "ns", *(f"times {mine}" for mine in ours), "target of ours")
    for peer in peers:
        if peer.name in rows:
            row = rows[peer.name]
            ratios = [ratio(row, mine) for mine in ours]
            text += line(peer.name, between(row["ns"]), *ratios, verdict(row, peer.target, ours[-1]))
        else:
            text += line(peer.name, "not measured", *("" for _ in ours), "")
    return text + "\n"


def floors(counts, probe):
    """Times that one step of one cell cannot undercut [ns]: intake, arithmetic, divisions and roots."""

    def some(*names):
        return sum(counts.get(f"{name} (instructions)", 0.0) for name in names)

    # An instruction on one number takes a port as long as one on four; a division does not.
    wide = counts.get("divisions", 0.0) > 2.0 * some("divisions")
    divided, rooted = (
        (4.0 * probe["div_avx2"], 4.0 * probe["sqrt_avx2"]) if wide else (probe["div_scalar"], probe["sqrt_scalar"])
    )
    return (
        counts["instructions"] * probe["instruction"],
        some("fused", "products", "sums") * 4.0 * probe["fma_avx2"],
        some("divisions") * divided + some("roots") * rooted,
    )


def limit(results):
    """Operations of one step of one cell beside what the machine can do."""
    probe, rows = results["probe"], results["fixed"]
    text = heading("the machine, one core", "ns per number", "1e9 per second")
    for name in PROBES:
        if name in probe:
            text += line(PROBES[name], f"{probe[name]:.3f}", f"{1.0 / probe[name]:.3g}")
    text += "\n" + heading(
        "one step of one cell",
        *OPERATIONS,
        "instructions",
        "taken in, ns",
        "arithmetic, ns",
        "divisions and roots, ns",
        "measured, ns",
        "share",
    )
    for kernel, peer, _ in cases.KERNELS:
        counts = results["instructions"].get(kernel)
        if counts is None or peer.name not in rows or "fma_avx2" not in probe:
            text += line(peer.name, "not counted here", *("" for _ in range(len(OPERATIONS) + 5)))
            continue
        least, measured = floors(counts, probe), rows[peer.name]["ns"]["median"]
        numbers = [f"{counts.get(key, 0.0):.0f}" for key in (*OPERATIONS, "instructions")]
        share = f"{100.0 * max(least) / measured:.0f} %"
        text += line(peer.name, *numbers, *(f"{x:.1f}" for x in (*least, measured)), share)
    return text
