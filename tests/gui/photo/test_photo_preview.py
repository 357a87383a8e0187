"""The Photo page's preview while a slider moves, and at rest."""

import threading
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from portrait.engine import PortraitEngine
from portrait.gui.photo.photo_requests import load_look, render_preview
from portrait.gui.widgets.field_editors import SliderEditor

PATIENCE_S = 20.0


def aperture(under_test) -> SliderEditor:
    return under_test.window.options_panel.look.editor("blur.f_number")


def shown_portrait(under_test) -> QImage:
    service, model = under_test.shell.bridge.photo, under_test.shell.model
    found = service.found
    return render_preview(service._engine.result(), found, load_look(model.settings, found)).qimage


def test_the_slider_renders_anew_without_finding_the_matte_again(
    under_test, photo_path: Path, ellipse_segmenter, monkeypatch: pytest.MonkeyPatch, engine: PortraitEngine
) -> None:
    under_test.open_photos(photo_path)
    rendered: list[float] = []
    render = engine.render

    def spy(self, image, matte, options, defocus_map, *, layers):
        assert layers is under_test.shell.bridge.photo.found.preview.layers
        rendered.append(options.blur.f_number)
        return render(image, matte, options, defocus_map, layers=layers)

    monkeypatch.setattr(PortraitEngine, "render", spy)
    slider = aperture(under_test).slider
    slider.setValue(slider.maximum())
    under_test.wait(lambda: rendered[-1:] == [16.0])
    slider.setValue(slider.minimum())
    under_test.wait(lambda: rendered[-1:] == [1.4])
    assert ellipse_segmenter.calls == 1


def test_while_the_worker_is_busy_only_the_newest_look_waits(
    under_test, photo_path: Path, monkeypatch: pytest.MonkeyPatch, engine: PortraitEngine
) -> None:
    under_test.open_photos(photo_path)
    rendered: list[float] = []
    started, release = threading.Event(), threading.Event()
    render = engine.render_live

    def slow_render(self, image, matte, options, *, layers):
        assert layers is under_test.shell.bridge.photo.found.preview.layers
        rendered.append(options.blur.f_number)
        started.set()
        assert release.wait(PATIENCE_S)
        return render(image, matte, options, layers=layers)

    monkeypatch.setattr(PortraitEngine, "render_live", slow_render)
    slider = aperture(under_test).slider
    slider.setValue(5)
    assert started.wait(PATIENCE_S)
    for position in range(6, slider.maximum() + 1):
        slider.setValue(position)
    release.set()
    under_test.wait(lambda: rendered[-1] == 16.0)
    assert rendered == [2.5, 16.0]


def test_a_moving_slider_shows_drafts_and_at_rest_what_will_be_saved(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    service, shown = under_test.shell.bridge.photo, []
    service.preview_rendered.connect(shown.append)
    for position in (4, 8, 12):
        aperture(under_test).slider.setValue(position)
    under_test.wait(lambda: bool(shown) and not service.stages)
    *drafts, last = shown
    assert drafts
    assert all(draft.is_draft for draft in drafts)
    assert not last.is_draft
    assert last.qimage == shown_portrait(under_test)


def test_a_photo_opened_while_a_draft_is_shown_gets_its_own_preview(under_test, photo_path: Path) -> None:
    second = photo_path.with_name("second.png")
    second.write_bytes(photo_path.read_bytes())
    under_test.open_photos(photo_path)
    service, shown = under_test.shell.bridge.photo, []
    service.preview_rendered.connect(shown.append)
    aperture(under_test).slider.setValue(9)
    under_test.wait(lambda: bool(shown))
    assert service.stages == {"preview"}, "the preview at rest is owed"
    service.open(second)
    under_test.wait(lambda: service.found is not None and not service.stages)
    assert shown[-1].found.photo.path == second
    assert not shown[-1].is_draft
    assert [preview.is_draft for preview in shown if preview.found.photo.path == photo_path] == [True]
