"""Filters: one linear predict and update, seven states and one measurement, a thousand times over."""


def problem(work):
    import numpy as np

    given = work["filter"]
    n = len(given["x"])
    return (
        np.array(given["f"]).reshape(n, n),
        np.diag(given["q"]),
        np.array([given["h"]]),
        np.array([[given["r"]]]),
        np.array(given["x"]),
        np.diag(given["p"]),
        given["z"],
    )


def prepare_filterpy(work, case):
    from filterpy.kalman import KalmanFilter

    f, q, h, r, x, p, measured = problem(work)

    def run():
        filter_ = KalmanFilter(dim_x=len(x), dim_z=1)
        filter_.F, filter_.Q, filter_.H, filter_.R = f, q, h, r
        filter_.x, filter_.P = x.reshape(-1, 1).copy(), p.copy()
        for z in measured:
            filter_.predict()
            filter_.update(z)
        return [[filter_.x[:, 0], filter_.P.diagonal()]]

    return run


def prepare_numpy(work, case):
    """By hand, Joseph's form; one measurement, so the division is a scalar's."""
    import numpy as np

    f, q, h, r, start, p_start, measured = problem(work)
    h, r, eye = h[0], r[0, 0], np.eye(len(start))

    def run():
        x, p = start, p_start
        for z in measured:
            x = f @ x
            p = f @ p @ f.T + q
            across = p @ h
            gain = across / (h @ across + r)
            x = x + gain * (z - h @ x)
            left = eye - gain[:, None] * h
            p = left @ p @ left.T + (r * gain)[:, None] * gain
        return [[x, p.diagonal()]]

    return run


PREPARE = {"filter filterpy": prepare_filterpy, "filter numpy": prepare_numpy}
