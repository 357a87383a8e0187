"""Live portraits, without Qt: a session reads a source, finds mattes, renders, and calls a listener with the result."""

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
