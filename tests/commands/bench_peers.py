"""The contestants of bench.py: bare `fit`, our loggers, and what else shows a confusion matrix after each epoch.

A contestant takes a compiled model, `Data` and the folder to log to, and returns the data and the callbacks to train
with. What a user does before `fit` is done there, and is not measured.
"""

import io
import sys
from types import SimpleNamespace

import numpy as np
from bench_measure import BATCH, keras, made_data, run

import mnist_tb

CLASS_NAMES = [str(digit) for digit in range(10)]
SHOWN = 36  # samples, as many as our logger shows


def bare(model, data, folder):
    return data, []


def ours(model, data, folder):
    return data, mnist_tb.classification_loggers(folder)


def keras_tensorboard(model, data, folder):
    return data, [keras.callbacks.TensorBoard(folder)]


def tutorial(model, data, folder):
    return data, [TutorialCallback(folder, data)]


def weights_and_biases(model, data, folder):
    return data, [WandbCallback(folder, data)]


def with_cmtb(model, data, folder):
    """Its metric keeps the counts, wants labels one-hot, and gets the folder as something with a name."""
    import cmtb

    metric = cmtb.BalancedAccuracy(10, SimpleNamespace(name=folder))
    model.compile(model.optimizer, loss="categorical_crossentropy", metrics=["accuracy", metric])
    one_hot = np.eye(10, dtype="float32")
    data = data._replace(y=one_hot[data.y], y_val=one_hot[data.y_val])
    return data, [cmtb.ConfMatrixCb(folder, folder, "run", CLASS_NAMES)]


class Predicting(keras.callbacks.Callback):
    """What predicts the validation data once more after each epoch, in batches as large as those of `fit`."""

    def __init__(self, folder, data):
        super().__init__()
        self.folder, self.data = folder, data

    def predicted(self):
        return self.model.predict(self.data.x_val, batch_size=BATCH, verbose=0).argmax(axis=1)


class TutorialCallback(Predicting):
    """The way of TensorFlow's tutorial on images in TensorBoard: tensorflow.org/tensorboard/image_summaries."""

    def __init__(self, folder, data):
        import matplotlib as mpl
        import tensorflow as tf

        super().__init__(folder, data)
        mpl.use("Agg")  # no window on anyone's screen
        self.writer = tf.summary.create_file_writer(folder)

    def on_epoch_end(self, epoch, logs=None):
        import tensorflow as tf
        from sklearn.metrics import confusion_matrix

        counts = confusion_matrix(self.data.y_val, self.predicted(), labels=range(10))
        picture = tf.image.decode_png(draw_counts(counts), channels=4)
        with self.writer.as_default():
            tf.summary.image("confusion matrix", picture[None], step=epoch)


def draw_counts(counts):
    """A PNG of a confusion matrix, drawn with pyplot: a coloured grid, and in each cell its rate."""
    from matplotlib import pyplot as plt

    rates = np.around(counts / counts.sum(axis=1, keepdims=True), 2)
    figure = plt.figure(figsize=(8, 8))
    plt.imshow(counts, cmap="Blues")
    plt.colorbar()
    plt.xticks(range(len(counts)), CLASS_NAMES, rotation=45)
    plt.yticks(range(len(counts)), CLASS_NAMES)
    for (row, column), rate in np.ndenumerate(rates):
        colour = "white" if counts[row, column] > counts.max() / 2 else "black"
        plt.text(column, row, rate, horizontalalignment="center", color=colour)
    plt.ylabel("true")
    plt.xlabel("predicted")
    plt.tight_layout()
    file = io.BytesIO()
    plt.savefig(file, format="png")
    plt.close(figure)
    return file.getvalue()


class WandbCallback(Predicting):
    """Weights & Biases offline, which only writes to disk: its confusion matrix, and pictures with captions."""

    def __init__(self, folder, data):
        import wandb

        super().__init__(folder, data)
        self.run = wandb.init(dir=folder, mode="offline", project="bench", settings=wandb.Settings(silent=True))
        self.shown = (data.x_val[:SHOWN] * 255).astype("uint8")

    def on_epoch_end(self, epoch, logs=None):
        import wandb

        true, predicted = self.data.y_val.tolist(), self.predicted().tolist()
        pictures = [
            wandb.Image(picture, caption=f"true {true[index]}, predicted {predicted[index]}")
            for index, picture in enumerate(self.shown)
        ]
        matrix = wandb.plot.confusion_matrix(y_true=true, preds=predicted, class_names=CLASS_NAMES)
        self.run.log({**(logs or {}), "confusion matrix": matrix, "predictions": pictures})

    def on_train_end(self, logs=None):
        self.run.finish()


CONTESTANTS = {
    "bare fit": bare,
    "mnist_tb, all loggers": ours,
    "Keras' TensorBoard, no matrix": keras_tensorboard,
    "TensorFlow's tutorial": tutorial,
    "Weights & Biases, offline": weights_and_biases,
    "cmtb": with_cmtb,
}
BARE, OURS = list(CONTESTANTS)[:2]
ALONE = {name: CONTESTANTS[name] for name in (BARE, OURS)}


def those_that_run():
    """All contestants that get through two short epochs here (cmtb draws in the second), and why the others do not."""
    found, left_out = dict(ALONE), {}
    for name, contestant in CONTESTANTS.items():
        print(f"trying {name}", file=sys.stderr)
        try:
            run(contestant, made_data(512, 256), 2)
            found[name] = contestant
        except Exception as error:
            if name in ALONE:
                raise
            left_out[name] = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
    return found, left_out
