"""Durations as users read them."""

from portrait.language import tr

_MINUTE_S, _HOUR_S = 60, 3600


def duration_text(seconds: float) -> str:
    """How long something takes: seconds below two minutes, minutes below two hours, else hours and minutes."""
    if seconds < 2 * _MINUTE_S:
        return tr("{n} s", n=max(1, round(seconds)))
    minutes = round(seconds / _MINUTE_S)
    if seconds < 2 * _HOUR_S:
        return tr("{n} min", n=minutes)
    return tr("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def clock_text(seconds: float) -> str:
    """The length of a video as players show it: 0:42, 12:05, 1:30:00."""
    minutes, rest = divmod(round(seconds), _MINUTE_S)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
