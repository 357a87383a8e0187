"""Live portraits: a source, one place for the newest frame, the engine, and whoever wants to see the result. No Qt."""

from portrait.live.processor import NOT_LIVE, LiveProcessor, live_processor
from portrait.live.session import LiveSession, RecoveryPolicy
from portrait.live.sources import make_live_source
from portrait.live.stats import RECENT_S, LiveStats

__all__ = [
    "NOT_LIVE",
    "RECENT_S",
    "LiveProcessor",
    "LiveSession",
    "LiveStats",
    "RecoveryPolicy",
    "live_processor",
    "make_live_source",
]
