"""A logger that keeps what it shows, for tests that compare it with NumPy. Importing this imports Keras."""

import mnist_tb


class Shown(mnist_tb.SamplePredictionLogger):
    """Keeps the samples that it draws, in `drawn`, by epoch and tag, and what it was shown, in `seen`, by epoch."""

    def _log(self, epoch, observation, names, events):
        super()._log(epoch, observation, names, events)
        self.seen = {**getattr(self, "seen", {}), epoch: observation}

    def _write(self, tag, title, epoch, samples, names, writer):
        super()._write(tag, title, epoch, samples, names, writer)
        self.drawn = {**getattr(self, "drawn", {}), (epoch, tag): samples}
