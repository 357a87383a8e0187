"""Execution providers beside the CPU: found, verified, measured; the CPU wherever they are not better."""

import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace

import numpy as np
import onnxruntime
import pytest

from portrait.errors import ModelError
from portrait.inference import plugins, provider_choice, sessions
from portrait.inference.provider_choice import AUTO, PROVIDER_VARIABLE, choose_provider, figures_path
from portrait.inference.providers import CPU, find_provider, list_providers
from portrait.inference.segmenter import OnnxSegmenter

EP_NAME = "WebGpuExecutionProvider"


class FakeSession:
    """A session of the CPU under the name of another provider, whose answers may be wrong or fail."""

    def __init__(
        self, content: bytes, *, name: str = EP_NAME, change: Callable[[np.ndarray], np.ndarray] | None = None
    ):
        self._real = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        self._name, self._change = name, change or (lambda answer: answer)

    def get_providers(self) -> list[str]:
        return [self._name, "CPUExecutionProvider"]

    def run(self, names, inputs):
        return [self._change(answer) for answer in self._real.run(names, inputs)]

    def __getattr__(self, name: str):
        return getattr(self._real, name)


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The package of the WebGPU plug-in, as if installed, with one device."""
    module = ModuleType("onnxruntime_ep_webgpu")
    module.__spec__ = SimpleNamespace(name=module.__name__)  # type: ignore[assignment]
    module.get_library_path = lambda: "/nowhere/plugin.so"  # type: ignore[attr-defined]
    module.get_ep_name = lambda: EP_NAME  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    state = SimpleNamespace(registered=[], devices=[_device("GPU")])
    monkeypatch.setattr(
        onnxruntime, "register_execution_provider_library", lambda *words: state.registered.append(words)
    )
    monkeypatch.setattr(onnxruntime, "get_ep_devices", lambda: [*state.devices, _device("CPU", "Another")])
    monkeypatch.delenv(PROVIDER_VARIABLE, raising=False)
    plugins.load_plugin.cache_clear()
    yield state
    plugins.load_plugin.cache_clear()


def _device(kind: str, name: str = EP_NAME) -> SimpleNamespace:
    return SimpleNamespace(ep_name=name, device=SimpleNamespace(type=f"OrtHardwareDeviceType.{kind}"))


@pytest.fixture
def opened(plugin, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Sessions on the plug-in are fakes; ``times_ms`` are those of the plug-in and of the CPU."""
    state = SimpleNamespace(times_ms=(1.0, 2.0), change=None, name=EP_NAME, error=None, count=0)
    real = sessions._open

    def open_on(content: bytes, threads: int, kind):
        if kind.onnxruntime_name != EP_NAME:
            return real(content, threads, kind)
        state.count += 1
        if state.error is not None:
            raise state.error
        return FakeSession(content, name=state.name, change=state.change)

    monkeypatch.setattr(sessions, "_open", open_on)
    monkeypatch.setattr(
        provider_choice, "_time_ms", lambda session, _: state.times_ms[0 if isinstance(session, FakeSession) else 1]
    )
    return state


def test_without_another_provider_nothing_is_measured(write_model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PROVIDER_VARIABLE, raising=False)
    monkeypatch.setattr(provider_choice, "list_providers", lambda: list_providers()[:1])
    assert choose_provider(write_model(), 1).kind is CPU
    assert not figures_path().exists()


def test_a_plugin_is_found_and_registered_once_with_its_own_devices(plugin) -> None:
    plugin.devices.insert(0, _device("CPU"))
    assert {status.name: status.available for status in list_providers()}["webgpu"]
    list_providers()
    assert plugin.registered == [("onnxruntime_ep_webgpu", "/nowhere/plugin.so")]
    devices = plugins.load_plugin("onnxruntime_ep_webgpu").devices
    assert [device.device.type.split(".")[1] for device in devices] == ["GPU", "CPU"]
    assert {device.ep_name for device in devices} == {EP_NAME}


def test_a_session_on_a_plugin_is_asked_for_by_its_device(plugin, write_model, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, object]] = []
    options = onnxruntime.SessionOptions
    monkeypatch.setattr(
        options, "add_provider_for_devices", lambda _, devices, settings: asked.append((devices, settings))
    )
    names = ["CPUExecutionProvider", EP_NAME]  # by its name it would give the CPU without a word
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: names)
    sessions.open_session(write_model(), 1, find_provider("webgpu"))
    assert asked == [(plugin.devices, {})]


def test_a_plugin_without_a_device_says_so(plugin) -> None:
    plugin.devices.clear()
    status = {status.name: status for status in list_providers()}["webgpu"]
    assert not status.available
    assert "finds no device" in status.reason


def test_a_plugin_that_cannot_be_loaded_says_why(plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> None:
        raise RuntimeError("libvulkan.so.1 is missing")

    monkeypatch.setattr(onnxruntime, "register_execution_provider_library", refuse)
    status = {status.name: status for status in list_providers()}["webgpu"]
    assert not status.available
    assert "libvulkan.so.1 is missing" in status.reason


def test_the_faster_provider_is_taken_and_remembered(opened, write_model) -> None:
    path = write_model()
    segmenter = OnnxSegmenter(path, threads=1, provider=AUTO)
    assert segmenter.provider.active == "webgpu"
    assert segmenter.provider.note == "webgpu is taken: 1.0 ms a run, the CPU 2.0 ms"
    opened.times_ms = (9.0, 1.0)
    assert choose_provider(path, 1).kind.name == "webgpu", "measured once"
    assert choose_provider(path, 2).kind is CPU, "but anew for other threads"


@pytest.mark.parametrize("provider_ms", [1.9, 2.0, 50.0])
def test_what_is_hardly_faster_or_slower_is_never_taken(opened, write_model, provider_ms: float) -> None:
    opened.times_ms = (provider_ms, 2.0)
    segmenter = OnnxSegmenter(write_model(), threads=1, provider=AUTO)
    assert segmenter.provider.active == "cpu"
    assert segmenter.provider.reason == ""
    assert f"webgpu {provider_ms:.1f} ms" in segmenter.provider.note


@pytest.mark.parametrize(
    "change", [lambda answer: 1 - answer, lambda answer: answer * np.nan, lambda answer: answer[:0]]
)
def test_a_provider_that_computes_something_else_is_not_taken(opened, write_model, change) -> None:
    opened.change = change
    choice = choose_provider(write_model(), 1)
    assert choice.kind is CPU
    assert "another answer" in choice.note


def test_a_provider_that_breaks_is_left_for_the_cpu_with_its_reason(opened, write_model) -> None:
    opened.error = RuntimeError("the driver is too old")
    path = write_model()
    assert "the driver is too old" in choose_provider(path, 1).note
    segmenter = OnnxSegmenter(path, threads=1, provider="webgpu")  # asked for by name
    assert (segmenter.provider.requested, segmenter.provider.active) == ("webgpu", "cpu")
    assert "the driver is too old" in segmenter.provider.reason


def test_a_session_that_fell_back_to_the_cpu_is_noticed(opened, write_model) -> None:
    opened.name = "CPUExecutionProvider"
    choice = choose_provider(write_model(), 1)
    assert choice.kind is CPU
    assert "did not start" in choice.note


def test_the_environment_names_the_provider_unmeasured(opened, write_model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROVIDER_VARIABLE, "webgpu")
    assert choose_provider(write_model(), 1).kind == find_provider("webgpu")
    assert opened.count == 0
    monkeypatch.setenv(PROVIDER_VARIABLE, "abacus")
    with pytest.raises(ModelError, match="no execution provider 'abacus'"):
        choose_provider(write_model(), 1)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"x": 1}'])
def test_damaged_figures_are_measured_anew(opened, write_model, content: str) -> None:
    path = write_model()
    choose_provider(path, 1)
    figures = figures_path()
    figures.write_text(content, encoding="utf-8")
    assert choose_provider(path, 1).kind.name == "webgpu"
    assert '"provider": "webgpu"' in figures.read_text(encoding="utf-8")
