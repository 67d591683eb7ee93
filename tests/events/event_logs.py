"""Event files for the tests of events: fits that log small matrices, and what is read of them."""

import logging
from contextlib import contextmanager

import numpy as np

import mnist_tb
from mnist_tb.events import payload, summaries, writer


def matrix_value(count):
    """A matrix that is told by its first cell."""
    blobs = payload.encode_matrix(np.array([[count, 1], [0, 7]]), ("cat", "dog"))
    return summaries.payload(payload.MATRIX_TAG, blobs)


def folder_of(log_dir, split="validation"):
    return log_dir / "mnist_tb" / split


def write_matrices(log_dir, counts, split="validation"):
    """Log matrices by step as one fit; gives its file."""
    events = writer.EventWriter(folder_of(log_dir, split))
    events.begin(min(counts))
    for step, count in counts.items():
        events.write(step, [matrix_value(count)])
    events.close()
    return events.path


def read_counts(log_dir, **options):
    """By step what `write_matrices` was given."""
    read = mnist_tb.read_confusion_matrices(log_dir, **options)
    assert read.counts[:, 1].tolist() == [[0, 7]] * len(read.steps)
    return dict(zip(read.steps.tolist(), read.counts[:, 0, 0].tolist(), strict=True))


def shown_counts(log_dir):
    """The same as TensorBoard's own reader has it."""
    from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

    run = EventAccumulator(str(folder_of(log_dir)), tensor_size_guidance={payload.PLUGIN_NAME: 0})
    run.Reload()
    steps = run.Tensors(payload.MATRIX_TAG)
    counts = [payload.decode_matrix(list(event.tensor_proto.string_val)).counts[0] for event in steps]
    assert len({event.step for event in steps}) == len(steps)
    return {event.step: int(count) for event, count in zip(steps, counts, strict=True)}


@contextmanager
def warnings():
    """The warnings of the package, as a list that grows."""
    logger, said = logging.getLogger("mnist_tb"), []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)
