"""The study from data sets to page: train every network alike, measure it, draw, and write."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from export.data.data_set import DataItem, find_data_set, load_labelled
from export.data.image_files import read_upright
from export.errors import DataError
from export.evaluation.alpha_metrics import ImageFigures
from export.evaluation.evaluate import measure_models
from export.evaluation.speed import measure_median_ms
from export.models.checkpoint import load_checkpoint
from export.models.normalize import to_input
from export.onnx.complexity import count_macs, count_parameters
from export.onnx.loading import load_onnx
from export.onnx.model_file import ModelFile, open_models
from export.onnx.to_onnx import convert
from export.study.figures import NetworkFigures, StudyFigures
from export.study.object_size import measure_person_share
from export.study.page import write_pages
from export.study.plan import StudiedNetwork, StudyPlan
from export.study.plots import draw_fields, draw_masks, draw_sizes
from export.study.receptive_field import measure_receptive_field, square_holding
from export.training.config import TrainConfig
from export.training.train import run_training
from portrait.inference.segmenter import OnnxSegmenter


def run_study(plan: StudyPlan) -> StudyFigures:
    """Train and measure all networks; write ``figures.json``, the pictures and the pages into ``out_dir``.

    Raises
    ------
    DataError
        A data set or photo cannot be used, or nobody is labelled in the validation sets.
    ExportError
        A run in ``out_dir`` has other settings, or a network cannot be exported.
    """
    items = [item for folder in plan.val_dirs for item in find_data_set(folder).items]
    shares = tuple(measure_person_share(item) for item in items)
    if not any(share > 0.0 for share in shares):
        raise DataError("there is nobody in the validation sets", "give data sets with masks/ in val/")
    networks = plan.budget.networks
    models = [_train(network, plan) for network in networks]
    fields = [_field(plan, network, items) for network in networks]
    figures = _measure(plan, models, shares, fields)
    figures.write(plan.out_dir / "figures.json")
    draw_sizes(plan.out_dir / "sizes.png", figures)
    titles = [network.title for network in networks]
    draw_fields(plan.out_dir / "fields.webp", titles, fields)
    photos = [np.asarray(read_upright(path).convert("RGB")) for path in plan.photos]
    draw_masks(plan.out_dir / "masks.webp", titles, photos, [_masks(model, photos) for model in models])
    write_pages(plan.out_dir, figures)
    return figures


def _run_dir(plan: StudyPlan, network: StudiedNetwork) -> Path:
    name = "".join(letter if letter.isalnum() else "-" for letter in network.title.lower())
    return plan.out_dir / "runs" / name


def _train(network: StudiedNetwork, plan: StudyPlan) -> ModelFile:
    """Train a network, or go on with it, and export it."""
    print(f"== {network.title}", flush=True)
    folder = _run_dir(plan, network)
    has_backbone = "mobilenet_v2" in network.arch
    checkpoint = run_training(
        TrainConfig(
            train_dirs=plan.train_dirs,
            out_dir=folder,
            cache_dir=plan.out_dir / "cache",
            arch=network.arch,
            network=dict(network.config),
            initial_weights=plan.weights if has_backbone else None,
            name=network.title,
            input_size_px=plan.budget.input_size_px,
            epochs=plan.budget.epochs,
            epoch_size=plan.budget.epoch_size,
            minibatch_size=plan.budget.minibatch_size,
            seed=plan.seed,
            threads=plan.threads,
            workers=0,
        )
    )
    path = folder / "network.onnx"
    size = (plan.budget.input_size_px, plan.budget.input_size_px)
    convert(*load_checkpoint(checkpoint), path, fixed_size=size)
    (model,) = open_models([path], folder)
    return replace(model, name=network.title)


def _field(plan: StudyPlan, network: StudiedNetwork, items: Sequence[DataItem]) -> NDArray[np.float32]:
    trained, _ = load_checkpoint(_run_dir(plan, network) / "checkpoint.pt")
    step = max(1, len(items) // plan.budget.gradient_images)
    return measure_receptive_field(trained.eval(), _load_inputs(items[::step], plan.budget.input_size_px))


def _load_inputs(items: Sequence[DataItem], size_px: int) -> Tensor:
    """Images of a data set as network inputs, (N, 3, size, size)."""
    images = [load_labelled(item, 2 * size_px)[..., :3] for item in items]
    squares = [cv2.resize(image, (size_px, size_px), interpolation=cv2.INTER_AREA) for image in images]
    return to_input(torch.from_numpy(np.stack(squares)))


def _measure(
    plan: StudyPlan, models: Sequence[ModelFile], shares: tuple[float, ...], fields: Sequence[NDArray[np.float32]]
) -> StudyFigures:
    networks = [(model.onnx_path, model.spec) for model in models]
    times_ms = measure_median_ms(networks, threads=1, rounds=plan.budget.timed_rounds)
    found = measure_models(models, plan.val_dirs, plan.threads)
    return StudyFigures(
        budget={
            "input": f"{plan.budget.input_size_px} × {plan.budget.input_size_px} px",
            "images": f"{plan.budget.epochs} × {plan.budget.epoch_size or 'all'}",
            "weights": "" if plan.weights is None else plan.weights.name,
        },
        person_shares=shares,
        networks=tuple(
            _describe(model, time_ms, [image for one in sets for image in one.by_picture], field)
            for model, time_ms, sets, field in zip(models, times_ms, found, fields, strict=True)
        ),
    )


def _describe(
    model: ModelFile, median_ms: float, images: Sequence[ImageFigures], field: NDArray[np.float32]
) -> NetworkFigures:
    graph = load_onnx(model.onnx_path)
    return NetworkFigures(
        title=model.name,
        parameters=count_parameters(graph),
        macs=count_macs(graph, model.spec),
        median_ms=median_ms,
        person_iou=tuple(math.nan if image.person_iou is None else image.person_iou for image in images),
        boundary_iou=tuple(math.nan if image.boundary_iou is None else image.boundary_iou for image in images),
        field_50=square_holding(field, 0.5),
        field_90=square_holding(field, 0.9),
    )


def _masks(model: ModelFile, photos: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """The label map of each photo, by the app's own segmenter."""
    segmenter = OnnxSegmenter(model.onnx_path, threads=1)
    return [segmenter.find_labels(np.ascontiguousarray(photo)) for photo in photos]
