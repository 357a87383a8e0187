"""The model card says what the file is, from figures of this very file."""

from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from export.errors import ExportError
from export.evaluation.evaluate import ModelFigures, SetFigures
from export.evaluation.flicker import ClipFigures
from export.evaluation.model_card import SOURCES, write_card
from export.onnx.complexity import count_macs, count_parameters
from export.onnx.loading import read_spec
from export.onnx.model_file import file_sha256
from export.onnx.to_onnx import convert
from portrait.core.model_spec import ModelSpec
from portrait.files.system.assets import asset_path
from tests.export.conftest import PERSON_SPEC, RedFinder


@pytest.fixture(scope="module")
def exported_red(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For one size only."""
    path = tmp_path_factory.mktemp("red") / "red.onnx"
    convert(RedFinder().eval(), PERSON_SPEC, path, fixed_size=(48, 32))
    return path


@pytest.fixture
def figures(red_onnx: Path) -> tuple[ModelFigures, ...]:
    of_sets = (SetFigures("people", 3, person_iou=0.91234), SetFigures("nobody", 2, false_person_fraction=0.001))
    ours = ModelFigures("red", "red.onnx", file_sha256(red_onnx), 48, 32, 4, 1.25, of_sets)
    return ours, replace(ours, name="peer", sha256="0" * 64, median_ms=9.0)


def test_card_lies_beside_the_file_and_states_contract_figures_and_sources(
    red_onnx: Path, figures: tuple[ModelFigures, ...]
) -> None:
    path = write_card(red_onnx, figures, sources="Photos: our own, CC0-1.0")
    assert path == red_onnx.with_suffix(".md")
    text = path.read_text(encoding="utf-8")
    for fact in ("48 × 32", "Apache-2.0", "by hand", file_sha256(red_onnx), "| people | 3 | **red** | 0.9123 |"):
        assert fact in text
    assert "| people | 3 | peer |" in text
    assert "1.25 ms" in text
    assert "Photos: our own, CC0-1.0" in text
    assert "Judged: the network's probability." in text
    assert "| clip |" not in text


def test_card_shows_clips_one_thread_and_what_was_judged(red_onnx: Path, figures: tuple[ModelFigures, ...]) -> None:
    clips = (ClipFigures("talk", 250, 0.0123, 0.0045, 0.97),)
    measured = [replace(one, clips=clips, one_thread_ms=3.5, quality="fine", refined="fine") for one in figures]
    text = write_card(red_onnx, measured).read_text(encoding="utf-8")
    assert "| talk | 250 | **red** | 0.0123 | 0.0045 | 0.9700 |" in text
    assert "- red: 1.25 ms a picture at 48 × 32 on 4 thread(s), 3.50 ms on one" in text
    assert "fine refinement of the probability of the app's passes for photos" in text


def test_size_of_the_network_counted_by_hand(red_onnx: Path, person_spec: ModelSpec) -> None:
    model = onnx.load(red_onnx)
    stem, head = 4 * 3 * 3 * 3, 4
    assert count_macs(model, person_spec) == (stem + head) * 24 * 16
    assert stem + head <= count_parameters(model) <= stem + head + 16  # and biases, limits of ReLU6


def test_figures_of_another_file_are_refused(red_onnx: Path, figures: tuple[ModelFigures, ...]) -> None:
    with pytest.raises(ExportError, match="not those of"):
        write_card(red_onnx, figures[1:])
    assert not red_onnx.with_suffix(".md").exists()


def test_file_without_contract_is_refused(red_onnx: Path, figures: tuple[ModelFigures, ...]) -> None:
    model = onnx.load(red_onnx)
    del model.metadata_props[:]
    onnx.save(model, red_onnx)
    with pytest.raises(ExportError, match="no ModelSpec"):
        write_card(red_onnx, figures)


@pytest.mark.parametrize("path", sorted(asset_path("models").glob("*.onnx")), ids=lambda path: path.stem)
def test_the_bundled_cards_are_those_of_the_bundled_files(path: Path) -> None:
    card = path.with_suffix(".md").read_text(encoding="utf-8")
    assert f"{path.stat().st_size / 1e6:.2f} MB, SHA-256 `{file_sha256(path)}`" in card
    spec = read_spec(onnx.load(path))
    assert spec is not None
    assert f"| Licence of the weights | {spec.licence} |" in card
    assert card.endswith(SOURCES[path.stem.removeprefix("portrait-")])


@pytest.mark.parametrize("recipe", SOURCES)
def test_a_card_says_what_follows_for_use_how_open_it_is_and_what_goes_wrong(recipe: str) -> None:
    for title in ("What follows for use", "Openness", "Known limits"):
        assert f"\n\n**{title}**" in SOURCES[recipe]
