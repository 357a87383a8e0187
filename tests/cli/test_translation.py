"""Help, errors and messages of the commands in Korean."""

import json
import re
import sys
from pathlib import Path

import pytest

from portrait.cli import display, doctor
from portrait.cli.commands import COMMANDS
from portrait.cli.translation import translate, with_default
from portrait.language import set_language
from portrait.settings import FIELDS, settings_path

SENTENCE = re.compile(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}")
"""What Korean texts hold of English at most is the names of commands and options."""


@pytest.fixture(autouse=True)
def korean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")


@pytest.mark.parametrize("command", ["", *sorted(COMMANDS)])
def test_help_is_korean_and_nothing_of_it_is_cut_off(run, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "97")
    outcome = run(*command.split(), "--help")
    assert outcome.status == 0
    assert "사용법: portrait" in outcome.out
    assert not SENTENCE.search(outcome.out)
    assert "…" not in outcome.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("photo", "--foo"), "없는 옵션입니다: --foo"),
        (("photo", "--outpu", "x"), "없는 옵션입니다: --outpu(비슷한 옵션: --output)"),
        (("photo",), "인자가 없습니다: 'IN'"),
        (("photo", "a.jpg"), "옵션이 없습니다: '--output'"),
        (("phot",), "없는 명령입니다: 'phot'. 비슷한 명령: 'photo'"),
        (("photo", "a.jpg", "-o"), "옵션에 값이 필요합니다: '-o'"),
        (("cameras", "x", "y"), "필요 없는 인자가 있습니다: x y"),
        (("photo", "a.jpg", "-o", "b.jpg", "--quality", "low"), "쓸 수 없는 값입니다: 'low'. 쓸 수 있는 값: fast|fine"),
        (("benchmark", "--rounds", "0"), "잘못된 값('--rounds'): 1 이상이어야 합니다"),
        (("benchmark", "--rounds", "two"), "정수여야 합니다(정수로 읽을 수 없음)"),
        (("photo", "a.jpg", "-o", "b.jpg", "--depth-near", "up"), "쓸 수 없는 값입니다: 'up'"),
        (("live", "--json"), "--headless와 함께 씁니다"),
    ],
)
def test_usage_errors_are_korean(run, words: tuple[str, ...], said: str) -> None:
    outcome = run(*words)
    assert outcome.status == 2
    assert said in outcome.err
    assert not SENTENCE.search(outcome.err)


def test_errors_and_hints_are_korean(run, tmp_path: Path) -> None:
    outcome = run("photo", tmp_path / "none.jpg", "-o", tmp_path / "out.jpg")
    assert outcome.status == 1
    assert outcome.err == f"오류: 파일이 없습니다: {tmp_path / 'none.jpg'}\n안내: 경로가 맞는지 확인하세요.\n"


def test_json_keeps_its_words(run, save_scene, tmp_path: Path) -> None:
    outcome = run("photo", save_scene(tmp_path / "a.png"), "-o", tmp_path / "b.png", "--json")
    assert outcome.rows[0]["status"] == "done"
    assert "초)" in outcome.err


def test_what_is_logged_is_shown_in_korean_and_kept_in_english(run, home: Path, monkeypatch) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text(json.dumps({"colour": 1}), encoding="utf-8")
    monkeypatch.setattr("portrait.app._open_window", lambda settings: 0)
    outcome = run()
    assert outcome.err == f"경고: 알 수 없는 설정을 무시했습니다: 'colour'(설정 파일 {settings_path()})\n"
    assert "unknown key 'colour' in the settings file" in (home / "log" / "portrait.log").read_text(encoding="utf-8")


def test_english_help_comes_back(run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("photo", "--help")
    monkeypatch.setenv("LC_ALL", "C")
    out = run("photo", "--help").out
    assert "Usage: portrait photo [OPTIONS]" in out
    assert "Arguments" in out
    assert "[required]" in out
    assert not re.search("[가-힣]", out)


def test_a_composed_text_is_translated_with_what_is_in_it() -> None:
    set_language("ko")
    row = next(row for row in FIELDS if row.key == "blur.f_number")
    assert translate(with_default(row.help, 2.0)).endswith(" 기본값: 2.0.")
    assert translate("an unknown text") == "an unknown text"


def test_the_report_of_doctor_is_aligned_in_both_languages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "has_font_for", lambda language: False)
    assert not list(doctor.check_fonts())
    doctor._print(doctor.Finding("camera", "x"))
    set_language("ko")
    for finding in (doctor.Finding("camera", "x"), *doctor.check_fonts()):
        doctor._print(finding)
    english, korean, font, hint = capsys.readouterr().out.splitlines()
    assert english == "ok      camera    x"
    assert korean == "정상    카메라    x"
    assert font == "제한    글꼴      한글 글꼴이 없습니다"
    assert "apt install fonts-noto-cjk" in hint


def test_a_font_is_asked_for_by_its_language() -> None:
    assert display.has_font_for("en")
    assert display.has_font_for("zz") == (sys.platform != "linux")
