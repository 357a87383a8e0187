"""Networks as ONNX files: conversion, reading, parity with torch, computing cost."""
