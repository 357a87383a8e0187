"""The choice of a network for depth: what the library holds when the list opens, and files."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from portrait.gui.widgets.depth_model_editor import DepthModelEditor
from portrait.settings import setting_field


def test_the_list_has_what_the_library_holds_and_the_file_in_use(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names: list[str] = []
    editor = DepthModelEditor(setting_field("depth_model"), lambda: names)
    qtbot.addWidget(editor)
    chosen: list[object] = []
    editor.edited.connect(lambda key, value: chosen.append(value))
    names += ["tiny", "large"]
    editor.set_value(str(tmp_path / "own.onnx"))
    editor.refresh()
    assert [editor.combo.itemText(i) for i in range(editor.combo.count() - 1)] == ["None", "tiny", "large", "own.onnx"]
    assert editor.combo.currentText() == "own.onnx"
    editor.combo.activated.emit(1)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "other.onnx"), ""))
    editor.combo.activated.emit(editor.combo.count() - 1)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    editor.combo.activated.emit(editor.combo.count() - 1)
    assert chosen == ["tiny", str(tmp_path / "other.onnx")]
    assert editor.combo.currentText() == "own.onnx"
