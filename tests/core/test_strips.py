from portrait.core.strips import strips


def test_strips_cover_every_row_once_and_start_at_multiples() -> None:
    covered = [row for rows in strips(5003, 4000, multiple=7) for row in range(rows.start, rows.stop)]
    assert covered == list(range(5003))
    assert all(rows.start % 7 == 0 for rows in strips(5003, 4000, multiple=7))
    at_most = list(strips(5003, 400, multiple=7, most=30))
    assert max(rows.stop - rows.start for rows in at_most) == 28
    assert at_most[-1].stop == 5003
