"""Acceptance of compressed networks of many classes: how many labels stay what they were."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from export.compression.acceptance import Change
from export.data.data_set import DataItem, find_data_set, load_labelled
from export.evaluation.evaluate import set_name
from export.onnx.model_file import ModelFile
from portrait.inference.segmenter import LabelSegmenter, OnnxSegmenter

MOST_LABELS_LOST = 0.03
"""Largest share of the pixels of things that may get another label."""


def compare_labels(
    source: ModelFile, candidate: ModelFile, folders: Sequence[Path], threads: int
) -> tuple[Change, ...]:
    """Share of the labels that a compressed network keeps, by data set; nothing for a network of people alone.

    Counted are pixels at which either network sees something else than the first class, which is the background: on the
    rest any two networks agree. A set in which neither sees anything counts as kept.

    Raises
    ------
    DataError
        A data set cannot be read.
    """
    if source.spec.output_kind != "class_logits":
        return ()
    segmenters = [OnnxSegmenter(model.onnx_path, threads=1, spec=model.spec) for model in (source, candidate)]
    changes = []
    with ThreadPoolExecutor(threads) as executor:
        for folder in folders:
            items = find_data_set(folder).items
            counts = np.sum([*executor.map(lambda item: _count_kept(segmenters, item), items)], axis=0)
            kept = float(counts[0] / counts[1]) if counts[1] else 1.0
            changes.append(Change(set_name(folder), "labels kept", 1.0, kept, True, MOST_LABELS_LOST))
    return tuple(changes)


def _count_kept(segmenters: Sequence[LabelSegmenter], item: DataItem) -> tuple[int, int]:
    """Pixels of things that have the same label by both networks, and all pixels of things."""
    image = np.ascontiguousarray(load_labelled(item)[..., :3])
    before, after = (segmenter.find_labels(image) for segmenter in segmenters)
    is_thing = (before > 0) | (after > 0)
    return int(((before == after) & is_thing).sum()), int(is_thing.sum())
