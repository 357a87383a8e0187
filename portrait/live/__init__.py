"""Live portraits, without Qt: a session reads a source, finds mattes, renders, and calls a listener with the result."""

from portrait.live.cpu_budget import CpuBudget, limit_cores
from portrait.live.framing import AutoFramer
from portrait.live.processor import LiveProcessor, live_processor
from portrait.live.session import LiveSession, RecoveryPolicy
from portrait.live.sources import make_live_source
from portrait.live.stats import RECENT_S, LiveStats

__all__ = [
    "RECENT_S",
    "AutoFramer",
    "CpuBudget",
    "LiveProcessor",
    "LiveSession",
    "LiveStats",
    "RecoveryPolicy",
    "limit_cores",
    "live_processor",
    "make_live_source",
]
