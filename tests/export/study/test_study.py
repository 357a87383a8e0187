"""The study from data to page on tiny networks, and the mathematics of its figures."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from export.cli.application import main
from export.data.data_set import find_data_set
from export.errors import DataError
from export.models import ARCHITECTURES
from export.models.aspp import SeparableAspp
from export.study.figures import NetworkFigures, StudyFigures
from export.study.object_size import compare_pairs, measure_person_share, select_size
from export.study.page import PAGES, format_page
from export.study.plan import CLAIMS, FULL, QUICK, Budget, StudiedNetwork, StudyPlan
from export.study.receptive_field import measure_receptive_field, square_holding
from export.study.run import run_study
from export.study.texts import ENGLISH, KOREAN
from portrait.core.matting.label_map import VOC_CLASSES


class Blur(nn.Module):
    """A box filter of 2 · reach + 1 pixels, as a network."""

    def __init__(self, reach: int) -> None:
        super().__init__()
        self.reach = reach

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        side = 2 * self.reach + 1
        return {"out": F.avg_pool2d(image, side, stride=1, padding=self.reach).sum(dim=1, keepdim=True)}


@pytest.mark.parametrize("reach", [0, 2, 5])
def test_the_field_of_a_box_filter_is_the_box(reach: int) -> None:
    field = measure_receptive_field(Blur(reach), torch.randn(2, 3, 33, 33))
    side = 2 * reach + 1
    box = np.zeros((33, 33))
    box[16 - reach : 17 + reach, 16 - reach : 17 + reach] = 1 / side**2
    np.testing.assert_allclose(field, box, atol=1e-6)
    assert square_holding(field, 0.999) == pytest.approx(side / 33)
    assert square_holding(field, 0.1) <= square_holding(field, 0.5) <= square_holding(field, 0.9)


def test_a_network_that_looks_at_nothing_has_no_field() -> None:
    network = Blur(1)
    field = measure_receptive_field(network, torch.zeros(1, 3, 8, 8)) * 0.0
    assert square_holding(field, 0.5) == 1.0


class Pyramid(nn.Module):
    """An ASPP alone, without its image pooling, which sees everything."""

    def __init__(self, rates: tuple[int, ...]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.aspp = SeparableAspp(3, 16, rates)
        self.aspp.image_pooling[1].weight.data.zero_()

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return {"out": self.aspp(image).sum(dim=1, keepdim=True)}


@pytest.mark.parametrize(("rates", "side"), [((), 1), ((1, 1, 1), 3), ((3, 6, 9), 19)])
def test_atrous_rates_widen_the_field(rates: tuple[int, ...], side: int) -> None:
    field = measure_receptive_field(Pyramid(rates).eval(), torch.randn(2, 3, 33, 33))
    assert square_holding(field, 1.0 - 1e-5) == pytest.approx(side / 33)


def test_sizes_part_the_images() -> None:
    shares = [0.0, 0.049, 0.05, 0.3, 1.0, math.nan]
    assert [select_size(shares, size) for size in ("small", "medium", "large", "all")] == [
        *([0, 1], [2], [3, 4], [0, 1, 2, 3, 4])
    ]


def test_the_share_of_people_counts_judged_pixels_alone(make_data_set: Callable[..., Path]) -> None:
    items = find_data_set(make_data_set("people")).items
    assert measure_person_share(items[0]) == pytest.approx(40 * 40 / (60 * 77))
    assert math.isnan(measure_person_share(find_data_set(make_data_set("nobody", with_people=False)).items[0]))


def test_a_difference_shows_where_it_exceeds_its_error() -> None:
    rng = np.random.default_rng(0)
    images, noise = rng.random(100), rng.normal(0.0, 0.01, 100)  # images differ far more than networks
    assert compare_pairs(images + 0.01 + noise, images).verdict == "shown"
    assert compare_pairs(images - 0.01 + noise, images).verdict == "opposite"
    assert compare_pairs(images + noise - noise.mean(), images).verdict == "unclear"
    assert compare_pairs([0.9], [0.1]).verdict == "unclear"
    assert compare_pairs([], []).images == 0


def test_claims_speak_of_networks_that_are_there_and_have_words() -> None:
    for budget in (FULL, QUICK):
        titles = {network.title for network in budget.networks}
        assert {title for claim in CLAIMS for title in (claim.better, claim.worse)} <= titles
        assert {network.arch for network in budget.networks} <= ARCHITECTURES.keys()
    for texts in (ENGLISH, KOREAN):
        assert [claim.key for claim in CLAIMS] == list(texts.claims)
        assert texts.budget.keys() == ENGLISH.budget.keys()


@pytest.mark.parametrize("texts", [ENGLISH, KOREAN])
def test_the_page_says_what_does_not_show(texts: object) -> None:
    poor = NetworkFigures("FCN-32s", 10, 20, 1.0, (0.2, 0.4, 0.5), (0.1, 0.1, 0.1), 0.1, 0.3)
    good = NetworkFigures("DeepLabV3+", 10, 20, 1.0, (0.5, 0.7, 0.81), (0.1, 0.1, 0.1), 0.2, 0.6)
    figures = StudyFigures({"input": "8 × 8 px"}, (0.01, 0.02, 0.03), (poor, good))
    rows = {line.split(" | ")[0]: line for line in format_page(figures, texts, has_masks=False).splitlines()}
    assert texts.verdicts["shown"] in rows[f"| {texts.claims['small']}"]
    assert texts.verdicts["unclear"] in rows[f"| {texts.claims['large']}"]  # no image of large people
    assert not any(texts.claims["skip8"] in row for row in rows)  # those were not studied


@pytest.mark.slow
def test_from_data_to_page(
    make_data_set: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, red_finder: nn.Module
) -> None:
    data = make_data_set("people", count=4)
    budget = Budget((StudiedNetwork("Red", "red_finder"),), 32, 1, 4, 2, timed_rounds=1, gradient_images=2)
    monkeypatch.setattr("export.cli.study.QUICK", budget)
    out, photo = tmp_path / "study", data / "images" / "0.png"
    assert main(["study", "--data", str(data), "-o", str(out), "--photo", str(photo), "--quick"]) == 0
    found = json.loads((out / "figures.json").read_text())
    assert [network["title"] for network in found["networks"]] == ["Red"]
    assert min(found["networks"][0]["person_iou"]) > 0.9  # it finds what is red
    assert found["images"] == {"small": 0, "medium": 0, "large": 4, "all": 4}
    assert not found["verdicts"]  # no claim speaks of it
    for name in (*PAGES, "sizes.png", "fields.webp", "masks.webp"):
        assert (out / name).stat().st_size > 100
    shown = np.asarray(Image.open(out / "masks.webp").convert("RGB")).astype(int)
    red, tinted = shown[90, 100], shown[90, 300]  # the photo, and the same with the person in VOC's colour
    assert tinted[1] - red[1] > 40
    assert VOC_CLASSES[15] == "person"


def test_nobody_in_the_validation_sets(make_data_set: Callable[..., Path], tmp_path: Path) -> None:
    data = make_data_set("nobody", with_people=False)
    with pytest.raises(DataError, match="nobody"):
        run_study(StudyPlan((data,), (data,), tmp_path / "study", QUICK))
