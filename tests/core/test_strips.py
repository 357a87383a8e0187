import cv2
from threadpoolctl import threadpool_info, threadpool_limits

from portrait.core.strips import stay_in_calling_thread, strips


def test_strips_cover_every_row_once_and_start_at_multiples() -> None:
    covered = [row for rows in strips(5003, 4000, multiple=7) for row in range(rows.start, rows.stop)]
    assert covered == list(range(5003))
    assert all(rows.start % 7 == 0 for rows in strips(5003, 4000, multiple=7))
    at_most = list(strips(5003, 400, multiple=7, most=30))
    assert max(rows.stop - rows.start for rows in at_most) == 28
    assert at_most[-1].stop == 5003


def test_every_call_stays_in_the_calling_thread() -> None:
    threads = cv2.getNumThreads()
    with threadpool_limits(limits=2, user_api="blas"):
        try:
            stay_in_calling_thread()
            assert cv2.getNumThreads() == 1
            assert {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"} <= {1}
        finally:
            cv2.setNumThreads(threads)
