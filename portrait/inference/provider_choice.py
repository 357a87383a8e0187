"""The execution provider that a network runs on: the fastest that gives what the CPU gives, measured at the first use.

A provider that onnxruntime offers may fail, be slower than the CPU, or compute with fewer bits. So each is opened, its
answer compared with the CPU's, and its time measured beside the CPU's, once for a network, its file, the versions and
this processor; the figures lie in the user's state folder.
"""

import hashlib
import json
import logging
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from portrait.core.model_spec import ModelSpec
from portrait.inference.providers import CPU, ProviderKind, find_provider, list_providers
from portrait.inference.sessions import open_session, read_model, read_spec
from portrait.language import tr

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

AUTO = "auto"
PROVIDER_VARIABLE = "PORTRAIT_PROVIDER"
"""Environment variable with the name of the provider that ``auto`` takes, unmeasured."""

_ROUNDS = 5
_LEAST_GAIN = 0.9
"""A provider must take at most this share of the CPU's time: less is no reason to leave what is tested most."""
_LARGEST_DIFFERENCE = 0.01
"""Mean difference from the CPU's answer, as a share of its range."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Measured:
    """Times of one run of a network on a provider and on the CPU, and how far their answers differ.

    The best of `_ROUNDS`; for a network of any input size the mean of that and of the first run at another size.
    ``failure`` says why the provider gave no answer; the figures are then 0.
    """

    provider: str
    provider_ms: float = 0.0
    cpu_ms: float = 0.0
    difference: float = 0.0
    failure: str = ""

    @property
    def is_better(self) -> bool:
        """Whether the provider is to be taken."""
        return not self.failure and self.is_right and self.provider_ms <= _LEAST_GAIN * self.cpu_ms

    @property
    def is_right(self) -> bool:
        """Whether it gives what the CPU gives."""
        return self.difference <= _LARGEST_DIFFERENCE

    def describe(self) -> str:
        """The figures for the user."""
        if self.failure:
            return self.failure
        figures = {"name": self.provider, "provider_ms": self.provider_ms, "cpu_ms": self.cpu_ms}
        if not self.is_right:
            return tr("{name} gives another answer than the CPU, which is taken", name=self.provider)
        if self.is_better:
            return tr("{name} is taken: {provider_ms:.1f} ms a run, the CPU {cpu_ms:.1f} ms", **figures)
        return tr("the CPU is taken: {cpu_ms:.1f} ms a run, {name} {provider_ms:.1f} ms", **figures)


@dataclass(frozen=True, slots=True)
class Choice:
    """The provider to take, and what was measured."""

    kind: ProviderKind
    measured: Sequence[Measured] = ()

    @property
    def note(self) -> str:
        """What was measured, for the user."""
        return "; ".join(figures.describe() for figures in self.measured)


def choose_provider(path: Path, threads: int) -> Choice:
    """The provider for a network: the CPU, unless another one that is there was measured to be better.

    Raises
    ------
    ModelError
        The file cannot be read or is no network, or the environment names an unknown provider.
    """
    if named := os.environ.get(PROVIDER_VARIABLE):
        return Choice(find_provider(named))
    usable = [status.name for status in list_providers() if status.available and status.name != CPU.name]
    if not usable:
        return Choice(CPU)
    measured = [measure_provider(path, threads, find_provider(name)) for name in usable]
    better = sorted((figures for figures in measured if figures.is_better), key=lambda figures: figures.provider_ms)
    return Choice(find_provider(better[0].provider) if better else CPU, measured)


def measure_provider(path: Path, threads: int, kind: ProviderKind) -> Measured:
    """Compare a provider with the CPU, or tell what was measured before.

    Raises
    ------
    ModelError
        The file cannot be read, or is no network with a contract.
    """
    key = _key(path, threads, kind)
    known = _read_figures()
    try:
        return Measured(**known[key])
    except (KeyError, TypeError):  # not measured yet, or by another version
        measured = _measure(path, threads, kind)
    _write_figures({**known, key: asdict(measured)})
    return measured


def _measure(path: Path, threads: int, kind: ProviderKind) -> Measured:
    on_cpu, _ = open_session(path, threads, CPU)
    session, failure = open_session(path, threads, kind)
    if failure or session.get_providers()[0] != kind.onnxruntime_name:
        return Measured(kind.name, failure=failure or tr("{label} did not start", label=kind.label))
    spec = read_spec(on_cpu, path)
    image = _test_input(spec, spec.input_height, spec.input_width)
    try:
        answer, expected = _run(session, image), _run(on_cpu, image)  # the first run prepares memory
        rounds_ms = np.array([[_time_ms(each, image) for each in (session, on_cpu)] for _ in range(_ROUNDS)])
        provider_ms, cpu_ms = rounds_ms.min(axis=0)
        if spec.is_dynamic:  # some compile anew for every size, and the closer looks of quality fine have many
            other = _test_input(spec, spec.input_height + 2 * spec.size_multiple, spec.input_width)
            provider_ms = (provider_ms + _time_ms(session, other)) / 2
            cpu_ms = (cpu_ms + _time_ms(on_cpu, other)) / 2
    except Exception as exc:  # noqa: BLE001 (drivers raise what they like)
        return Measured(kind.name, failure=tr("{label} failed: {reason}", label=kind.label, reason=exc))
    return Measured(kind.name, float(provider_ms), float(cpu_ms), _difference(answer, expected))


def _test_input(spec: ModelSpec, height: int, width: int) -> NDArray[np.float32]:
    """Smooth waves of a network's input size, normalised like a photo."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    planes = np.stack([np.sin(rows / (7 + 5 * n)) + np.cos(columns / (11 + 3 * n)) for n in range(3)])
    return planes.transpose(1, 2, 0)[None] if spec.layout == "nhwc" else planes[None]


def _run(session: "InferenceSession", image: NDArray[np.float32]) -> NDArray[np.float32]:
    first = session.get_outputs()[0].name
    answer: NDArray[np.float32] = session.run([first], {session.get_inputs()[0].name: np.ascontiguousarray(image)})[0]
    return answer


def _time_ms(session: "InferenceSession", image: NDArray[np.float32]) -> float:
    started_s = time.perf_counter()
    _run(session, image)
    return 1e3 * (time.perf_counter() - started_s)


def _difference(answer: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    if answer.shape != expected.shape or not np.isfinite(answer).all():
        return float("inf")
    span = float(np.ptp(expected)) or 1.0
    return float(np.abs(answer - expected).mean()) / span


def _key(path: Path, threads: int, kind: ProviderKind) -> str:
    """What the figures depend on."""
    import onnxruntime

    digest = hashlib.sha256(read_model(path)).hexdigest()[:16]
    machine = f"{platform.machine()} {platform.processor()} {os.cpu_count()}"
    return " ".join((kind.name, digest, f"{threads} threads", f"onnxruntime {onnxruntime.__version__}", machine))


def figures_path() -> Path:
    """Path of what was measured on this system."""
    folder = os.environ.get("PORTRAIT_STATE_DIR")
    return (Path(folder) if folder else platformdirs.user_state_path("portrait", appauthor=False)) / "providers.json"


def _read_figures() -> dict[str, dict[str, Any]]:
    try:
        known = json.loads(figures_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write_figures(figures: dict[str, dict[str, Any]]) -> None:
    path = figures_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(figures, indent=1), encoding="utf-8")
        partial.replace(path)
    except OSError as exc:  # measured again next time
        _log.info("%s cannot be written: %s", path, exc)
