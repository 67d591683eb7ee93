"""Train one network of Dense layers as far as it goes on MNIST, on two cores without a GPU.

python examples/train_record.py                          # learns from digits that are deformed anew at every epoch
python examples/train_record.py --permutation-invariant  # knows nothing of pictures

The test digits are looked at once, after the last epoch. With --validate they are left alone: the last sixth of the
training digits is held out instead, and looked at after each epoch. Everything here was chosen by that.
"""

import argparse
import sys
import time
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from command_line import check_room, make_parser, model_file, print_tensorboard, refuse, save_model
from deform import add_unlike, deform
from ladder import LadderTraining

import mnist_tb

try:
    import resource
except ImportError:  # on Windows
    resource = None

ENGINE = keras.backend.backend() if hasattr(keras, "ops") else "TensorFlow"  # Keras 2 has no other
if ENGINE != "tensorflow":
    refuse(f"train_record.py needs Keras 3 on TensorFlow, and this is Keras {keras.__version__} on {ENGINE}")


class Recipe(NamedTuple):
    """What a network is trained with."""

    hidden_units: tuple[int, ...]
    epochs: int
    batch_size: int
    weight_decay: float
    falling: float  # share of the steps, the last ones, in which the learning rate falls to 0
    dropout: float = 0.0
    learning_rate: float = 2e-3  # the highest


RISING = 1 / 20  # share of the steps, the first ones, in which the learning rate rises
DEFORMED = Recipe((1200, 800, 600, 400), epochs=120, batch_size=256, weight_decay=0.05, falling=1 - RISING, dropout=0.1)
PERMUTATION_INVARIANT = Recipe((1000, 500, 250, 250, 250), epochs=60, batch_size=100, weight_decay=0.0, falling=1 / 3)
UNLIKE = 16  # digits turned by a quarter, beside a batch of deformed ones


class Trapezoid(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises, stays, and falls to 0."""

    def __init__(self, highest: float, steps: int, falling: float) -> None:
        """Take the highest rate, the steps of the whole training, and the share of them in which it falls."""
        self.highest, self.steps, self.falling = highest, steps, falling

    def __call__(self, step: Any) -> Any:
        """The rate at a step."""
        done = tf.cast(step, "float32") / self.steps
        return self.highest * tf.minimum(1.0, tf.minimum(done / RISING, (1 - done) / self.falling))

    def get_config(self) -> dict[str, Any]:
        """What makes it again."""
        return {"highest": self.highest, "steps": self.steps, "falling": self.falling}


class CompiledAdamW(keras.optimizers.AdamW):
    """AdamW whose update is one pass over the weights: 2 ms a batch of 256 instead of 6, in 13 and 17."""

    def apply(self, grads: Any, trainable_variables: Any = None) -> Any:
        """Update the weights."""
        update = super().apply
        return tf.function(lambda grads: update(grads, trainable_variables), jit_compile=True)(list(grads))


def make_full_parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    parser = make_parser(__doc__, "record", epochs=None)
    add = parser.add_argument
    add("--permutation-invariant", action="store_true", help="learn nothing that would not hold of shuffled pixels")
    add("--validate", action="store_true", help="hold the last sixth of the training digits out, and look at them")
    add("--bare", action="store_true", help="train without the callbacks, to see what they cost")
    add("--data", help="mnist.npz, or a folder with the four IDX files; default: Keras' download")
    add("--seed", type=int, default=0, help="default: 0")
    add("--save", type=model_file, metavar="FILE", help="write the network to FILE, such as record.keras")
    add(
        "--precision",
        choices=["mixed_bfloat16", "float32"],
        default="mixed_bfloat16",
        help="default: mixed_bfloat16; float32 is faster where the processor has no instructions for it",
    )
    return parser


def load_digits(data: str | None, validate: bool, batch_size: int) -> tuple[Any, Any]:
    """Load the digits to learn, at least a batch, and those to look at."""
    (x_train, y_train), test = mnist_tb.load_mnist(data)
    if x_train.shape[1:] != (28, 28):
        raise ValueError(f"{data} has pictures of {x_train.shape[1:]}, and the recipes are made for 28×28")
    if (last := max(y_train.max(), test[1].max())) > 9:
        raise ValueError(f"{data} has labels up to {last}, and the recipes are made for ten classes")
    first = len(y_train) - (len(y_train) // 6 if validate else 0)
    if first < batch_size:
        raise ValueError(f"{data} leaves {first} digits to learn from, and a batch takes {batch_size}")
    if not validate:
        return (x_train, y_train), test
    return (x_train[:first], y_train[:first]), (x_train[first:], y_train[first:])


def make_batches(x: Any, y: Any, batch_size: int, deformed: bool) -> tf.data.Dataset:
    """Make the batches of an epoch, shuffled; on the second core while the first one learns."""

    def load(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = tf.cast(tf.gather(x, rows), "float32") / 255
        labels = tf.gather(y, rows)
        return add_unlike(deform(images), labels, UNLIKE) if deformed else (images, tf.one_hot(labels, 10))

    x, y = tf.constant(x), tf.constant(y)
    rows = tf.data.Dataset.range(len(y)).shuffle(len(y)).batch(batch_size, drop_remainder=True)
    options = tf.data.Options()
    options.autotune.enabled = False  # with it a step on one core takes 51 or 103 ms in place of 35 or 72
    return rows.map(load).prefetch(8).with_options(options)


def make_network(recipe: Recipe, precision: str) -> Any:
    """Make the network, not compiled."""
    keras.config.set_dtype_policy(precision)
    return mnist_tb.mnist_dense(recipe.hidden_units, dropout=recipe.dropout, batch_normalization=True, compile=False)


def make_optimizer(recipe: Recipe, steps: int) -> Any:
    """Make the optimizer, whose learning rate is 0 after so many steps."""
    rate = Trapezoid(recipe.learning_rate, steps, recipe.falling)
    optimizer = CompiledAdamW(rate, weight_decay=recipe.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def train(args: argparse.Namespace, recipe: Recipe, network: Any, learnt: Any, seen: Any) -> Any:
    """Train a network as the command line says; gives what Keras tells of each epoch."""
    model = LadderTraining(network) if args.permutation_invariant else network
    batches = make_batches(*learnt, recipe.batch_size, deformed=not args.permutation_invariant)
    optimizer = make_optimizer(recipe, args.epochs * len(batches))
    optimizer.build(model.trainable_variables)
    model.compile(
        optimizer,
        "categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,  # oneDNN multiplies faster than XLA
        steps_per_execution=10,  # what Keras does around a step takes as long as a step of the ladder
    )
    loggers = [mnist_tb.EpochScalarsLogger(args.log_dir), *mnist_tb.classification_loggers(args.log_dir)]
    history = model.fit(
        batches,
        validation_data=(seen[0] / np.float32(255), np.eye(10, dtype="float32")[seen[1]]),
        validation_freq=1 if args.validate else args.epochs,
        validation_batch_size=1000,
        epochs=args.epochs,
        shuffle=False,  # done by the batches
        verbose=2,
        callbacks=[] if args.bare else loggers,
    )
    return history.history


def print_costs(seconds: float, samples: int) -> None:
    """Print what a training took."""
    memory = ""
    if resource:
        unit = 1 if sys.platform == "darwin" else 1024  # macOS counts in bytes
        memory = f", at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30:.1f} GiB of memory"
    print(f"{seconds:,.0f} seconds, {samples / seconds:,.0f} samples a second{memory}")


def main() -> None:
    """Train, and say how far it went."""
    parser = make_full_parser()
    args = parser.parse_args()
    recipe = PERMUTATION_INVARIANT if args.permutation_invariant else DEFORMED
    args.epochs = args.epochs or recipe.epochs
    try:
        keras.utils.set_random_seed(args.seed)
        learnt, seen = load_digits(args.data, args.validate, recipe.batch_size)
        network = make_network(recipe, args.precision)
        if args.save:
            check_room(network, args.save)
    except (OSError, ValueError, RuntimeError) as error:
        parser.error(str(error))
    start = time.perf_counter()
    history = train(args, recipe, network, learnt, seen)
    print_costs(time.perf_counter() - start, args.epochs * (len(learnt[1]) // recipe.batch_size) * recipe.batch_size)
    accuracy, of = history["val_accuracy"][-1], "held-out" if args.validate else "test"
    print(f"{of} accuracy {accuracy:.2%}, {round((1 - accuracy) * len(seen[1]))} mistakes in {len(seen[1]):,} digits")
    if args.save:
        print(f"saved as {save_model(network, args.save)}")
    if not args.bare:
        print_tensorboard(args.log_dir.resolve().parent)


if __name__ == "__main__":
    main()
