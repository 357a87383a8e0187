"""Figures of models on data sets and clips, as tables, curves and model cards."""
