"""models and doctor."""

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from portrait.capture.decoder_choice import VIDEO_DECODERS
from portrait.cli.models import read_person_iou
from portrait.cli.report import print_json
from portrait.core.model_spec import ModelSpec
from portrait.errors import ModelError
from portrait.inference.model_store import ModelEntry

CARD = """\
# portrait-live

| | |
|---|---|
| Task | person_probability, **1** channel |

| set | pictures | model | person IoU | mean IoU |
|---|---|---|---|---|
| selfie/val | 112 | **portrait-live** | 0.9630 | 0.9700 |
| selfie/val | 112 | other | 0.5000 | 0.5000 |
| noperson/val | 38 | **portrait-live** | – | – |
| groups/val | 49 | **portrait-live** | 0.8790 | 0.9100 |
"""

NO_SECOND_OPINION = "fine takes more animals and things for people"


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "portrait-live.md"
    path.write_text(CARD, encoding="utf-8")
    return path


def test_person_iou_is_read_from_the_card(card: Path) -> None:
    assert read_person_iou(card) == {"selfie/val": 0.963, "groups/val": 0.879}
    assert read_person_iou(None) == {}


def test_models_are_listed_with_their_figures(run, card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = ModelSpec("portrait-live", 256, 320, licence="Apache-2.0", size_multiple=16)
    entry = ModelEntry("portrait-live", card.with_suffix(".onnx"), 8_600_000, spec, "fast", card)
    monkeypatch.setattr("portrait.inference.model_store.list_models", lambda _: (entry,))
    outcome = run("models")
    assert outcome.status == 0
    assert all(
        text in outcome.out
        for text in ("portrait-live", "fast", "8.6 MB", "320 × 256", "Apache-2.0", "selfie/val 0.963")
    )
    (row,) = run("models", "--json").rows
    assert (row["role"], row["size_bytes"]) == ("fast", 8_600_000)
    assert row["person_iou"] == {"selfie/val": 0.963, "groups/val": 0.879}


def test_no_model_says_what_to_do(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portrait.inference.model_store.list_models", lambda _: ())
    assert "--model" in run("models").err


def test_doctor_makes_a_real_portrait(run, ellipse_segmenter) -> None:
    outcome = run("doctor")
    assert outcome.status == 0
    assert ellipse_segmenter.calls > 1
    assert "ellipse on cpu: fast portrait of a sample photo" in outcome.out
    assert "ellipse on cpu: fine portrait of a sample photo" in outcome.out
    assert outcome.out.endswith("Portraits can be made here.\n")
    assert NO_SECOND_OPINION not in outcome.out
    for topic in ("python", "package", "model", "processor", "camera", "calls", "display", "settings", "log"):
        assert f" {topic} " in outcome.out


def test_doctor_fails_where_the_model_does(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise ModelError("the model is damaged", "get it again")

    monkeypatch.setattr("portrait.engine.open_engine", refuse)
    outcome = run("doctor")
    assert outcome.status == 1
    assert "problem model     the model is damaged" in outcome.out
    assert "-> get it again" in outcome.out
    assert " settings " in outcome.out  # the other checks go on


def test_doctor_says_that_fine_has_no_second_opinion(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portrait.inference.second_opinion.find_second_opinion", lambda bundled_dir: None)
    outcome = run("doctor")
    assert outcome.status == 0
    assert f"limit   model     {NO_SECOND_OPINION}" in outcome.out


def test_doctor_names_a_missing_package(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portrait.cli.doctor.PACKAGES", ("numpy", "no-such-package"))
    outcome = run("doctor")
    assert outcome.status == 1
    assert "no-such-package is not installed" in outcome.out


def test_doctor_goes_on_with_a_broken_settings_file(run, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.json").write_text('{"quality": "best"}')
    outcome = run("doctor")
    assert outcome.status == 0
    assert "limit   settings  quality cannot be 'best'" in outcome.out


def test_doctor_names_a_missing_file_of_the_app(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise FileNotFoundError("assets/models is in neither place")

    monkeypatch.setattr("portrait.engine.open_engine", refuse)
    outcome = run("doctor")
    assert outcome.status == 1
    assert "assets/models is in neither place" in outcome.out
    assert " settings " in outcome.out


def test_json_holds_names_that_are_no_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"input": "caf\udce9.jpg"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"input": "caf\udce9.jpg"}


def test_doctor_says_whether_raw_photos_can_be_developed(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    pytest.importorskip("rawpy")
    assert "photos are developed by LibRaw" in run("doctor").out
    monkeypatch.setattr("portrait.cli.optional_parts.version", missing)
    outcome = run("doctor")
    assert outcome.status == 0
    assert "pip install 'portrait[raw]'" in outcome.out
    monkeypatch.setattr("sys.frozen", True, raising=False)
    bundle = run("doctor").out.splitlines()
    place = next(index for index, line in enumerate(bundle) if "rawpy" in line)
    assert "pip install" not in bundle[place + 1]


def test_doctor_says_what_decodes_video_files(run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "files are decoded by PyAV: interlaced and AV1 videos too" in run("doctor").out
    opencv = VIDEO_DECODERS[-1]
    monkeypatch.setattr("portrait.capture.decoder_choice.choose_video_decoder", lambda: opencv)
    outcome = run("doctor")
    assert "files are decoded by OpenCV: no interlaced and no AV1 videos" in outcome.out
    assert "PyAV: interlaced and AV1 videos too. Install it with: pip install 'portrait[video]'." in outcome.out
    monkeypatch.setattr("sys.frozen", True, raising=False)  # as in a bundle, which pip cannot reach
    bundle = run("doctor").out
    assert "pip install" not in next(line for line in bundle.splitlines() if "PyAV" in line)
