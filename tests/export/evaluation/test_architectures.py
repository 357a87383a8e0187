"""The table of architectures, and the variants in it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from export.cli import architectures as command_module
from export.cli.application import main
from export.evaluation.architectures import VARIANTS, Variant, at_input_sizes, convert_variants, measure_architectures
from export.models import build_network
from export.onnx.model_file import ModelFile
from portrait.core.model_spec import ModelSpec

V3PLUS = "deeplabv3plus_mobilenet_v2"


class _Tiny(nn.Module):
    """Two convolutions with batch norm and a head, all 1×1."""

    def __init__(self, class_count: int = 1) -> None:
        super().__init__()
        body = (nn.Conv2d(3, 4, 1, bias=False), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 1, bias=False), nn.BatchNorm2d(4))
        self.body = nn.Sequential(*body)
        self.head = nn.Conv2d(4, class_count, 1)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return {"out": self.head(self.body(image))}


TINY_MACS = 12 + 16 + 4
TINY_PARAMETERS = (12 + 4) + (16 + 4) + (4 + 1)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelFile]:
    """A small network, converted twice: for "any size", and "published" for 48 × 32 only."""
    spec = ModelSpec("published", input_height=48, input_width=32)
    variants = (Variant("any size", "tiny"), Variant("published", "tiny", spec=spec))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("export.models.ARCHITECTURES", {"tiny": _Tiny})
        return {one.name: one for one in convert_variants(variants, tmp_path_factory.mktemp("variants"))}


def test_a_single_skip_leaves_the_step_at_stride_2_out_and_all_else_as_it_was() -> None:
    with torch.device("meta"):
        single, double = (build_network(V3PLUS, skip_channels=skips).eval() for skips in ((48,), (48, 16)))
        logits = single(torch.zeros(1, 3, 45, 67))["out"]
    assert logits.shape == (1, 1, 45, 67)
    shapes = [{key: value.shape for key, value in network.state_dict().items()} for network in (single, double)]
    assert not any(key.startswith(("narrow.", "decoder2.")) for key in shapes[0])
    kept = {key: shape for key, shape in shapes[1].items() if not key.startswith(("narrow.", "decoder2.", "head."))}
    assert {key: shape for key, shape in shapes[0].items() if not key.startswith("head.")} == kept


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_every_variant_can_be_built_and_gives_the_channels_of_its_contract(variant: Variant) -> None:
    class_count = 1 if variant.spec is None else len(variant.spec.class_names)
    with torch.device("meta"):
        network = build_network(variant.arch, class_count=class_count, **variant.config).eval()
        assert network(torch.zeros(1, 3, 64, 64))["out"].shape == (1, class_count, 64, 64)


def test_a_dynamic_network_is_measured_at_every_size_and_its_own_a_published_one_at_its_own(
    untrained: dict[str, ModelFile],
) -> None:
    sizes = {
        name: [(each.spec.input_height, each.spec.input_width) for each in at_input_sizes(one, [(192, 320), (64, 64)])]
        for name, one in untrained.items()
    }
    assert sizes == {"any size": [(192, 320), (64, 64), (256, 256)], "published": [(48, 32)]}


def test_work_grows_with_the_input_and_only_trained_networks_are_judged(
    untrained: dict[str, ModelFile], make_data_set: Callable[..., Path]
) -> None:
    judged = at_input_sizes(untrained["any size"], [(64, 32), (64, 64)])[:2]
    folders = [make_data_set("people"), make_data_set("nobody", with_people=False)]
    small, large, plain = measure_architectures(judged, [untrained["published"]], folders, threads=1, rounds=1)
    assert [one.macs / TINY_MACS for one in (small, large, plain)] == [64 * 32, 64 * 64, 48 * 32]
    assert small.parameters == large.parameters == plain.parameters == TINY_PARAMETERS
    assert [of_set.name for of_set in small.sets] == ["people", "nobody"]
    assert small.sets[0].person_iou is not None
    assert (plain.name, plain.is_trained, plain.sets) == ("published", False, ())
    assert all(sorted(one.median_ms) == [1, 4] for one in (small, large, plain))


def test_command_prints_one_row_per_network_and_size(
    untrained: dict[str, ModelFile],
    make_data_set: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command_module, "convert_variants", lambda *_: [untrained["published"]])
    monkeypatch.setattr(command_module, "at_input_sizes", lambda one: at_input_sizes(one, [(64, 32)]))
    make_data_set("people/train")
    people, rooms = make_data_set("people/val").parent, make_data_set("rooms", with_people=False)
    model = str(untrained["any size"].onnx_path)
    words = ["architectures", "--checkpoint", model, "--data", str(people), str(rooms), "--threads", "1"]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "people/val" in printed
    assert "rooms" in printed
    assert printed.count("(untrained)") == 1
    assert main([*words, "--no-variants", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["architectures"]
    assert [(row["input_height"], row["is_trained"]) for row in rows] == [(64, True), (256, True)]
