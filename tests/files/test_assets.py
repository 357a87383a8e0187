import pytest

from portrait.files.system.assets import asset_path


def test_assets_folder_is_found() -> None:
    assert asset_path().is_dir()


def test_missing_asset_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"assets/models/no-such-model\.onnx"):
        asset_path("models", "no-such-model.onnx")
