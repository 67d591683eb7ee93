"""Probabilities like those of a trained network, and their counts in bins."""

import numpy as np

from mnist_tb.confidence import confidences_of

SIZES = [(2, 400), (3, 1000), (10, 3000), (50, 2000)]
CASES = [(classes, samples, seed) for classes, samples in SIZES for seed in (0, 1)]


def made(classes, samples, seed, sharpness=3.0, ease=2.5, absent=()):
    """Labels and probabilities like those of a trained network: most near 0 and 1, some wrong."""
    rng = np.random.default_rng(seed)
    true = rng.choice([index for index in range(classes) if index not in absent], samples)
    logits = rng.normal(0, 1, (samples, classes)) * sharpness
    logits[np.arange(samples), true] += rng.gamma(2.0, ease * sharpness, samples)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return true, (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def counted(true, probabilities):
    return confidences_of(true, probabilities, tuple(map(str, range(probabilities.shape[1]))))
