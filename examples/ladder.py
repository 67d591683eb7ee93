"""A ladder network: a network of Dense layers that learns to draw the digits without noise besides telling them."""

from typing import Any

import keras
import tensorflow as tf

NOISE = 0.3  # standard deviation of what is added to the pixels of 0 to 1, and to what each hidden layer sums up
DRAWING = 2000.0  # how much a squared difference from the digit without noise, the mean over its pixels, counts


class LadderTraining(keras.Model):
    """Trains a network made by `mnist_dense` with batch normalisation, by a second one that is thrown away afterwards.

    The network tells digits with noise on the pixels and in every hidden layer. From its answer the second one draws
    the digit as it was before the noise, layer by layer upside down, and sees what the noise made of each layer. To
    draw well, the network must keep all of a digit that noise leaves, and not only what ten numbers need.

    Nothing of it knows that the inputs are pictures.

    Source: A. Rasmus, H. Valpola, M. Honkala, M. Berglund and T. Raiko, "Semi-supervised learning with ladder
    networks", NeurIPS 2015; of its costs only that of the lowest rung.
    """

    def __init__(self, network: Any) -> None:
        """Take a network, not compiled, of inputs of 28×28."""
        super().__init__()
        self.network = network
        self.dense = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
        self.normalizations = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
        widths = [network.input_shape[1] * network.input_shape[2], *(layer.units for layer in self.dense)]
        self.downwards = [keras.layers.Dense(width, use_bias=False) for width in widths[:-1]]
        self.combinators = [Combinator(dtype="float32") for _ in self.downwards]
        for below, above, layer, combinator in zip(widths, widths[1:], self.downwards, self.combinators, strict=False):
            layer.build((None, above))
            combinator.build((None, below))

    def call(self, x: Any, training: bool = False) -> Any:
        """What the network answers."""
        return self.network(x, training=training)

    def train_step(self, data: Any) -> Any:
        """Learn a batch: digits (N, 28, 28), and the probabilities of their classes (N, 10)."""
        x, y = data
        pixels = tf.reshape(x, (tf.shape(x)[0], -1))
        answers = self(x, training=True)  # without noise, for the means of the normalisation, and to be counted
        with tf.GradientTape() as tape:
            noisy_answers, drawn = self._through_noise(pixels)
            loss = self.compute_loss(x, y, noisy_answers) + DRAWING * tf.reduce_mean(tf.square(drawn - pixels))
        weights = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, [weight.value for weight in weights]), weights)
        for metric in self.metrics:
            metric.update_state(loss) if metric.name == "loss" else metric.update_state(y, answers)
        return {metric.name: metric.result() for metric in self.metrics}

    def _through_noise(self, pixels: Any) -> tuple[Any, Any]:
        """The answers to digits with noise, (N, 10), and the digits as they are drawn from these, (N, 784)."""
        noisy = [pixels + NOISE * tf.random.normal(tf.shape(pixels))]
        hidden = noisy[0]
        for dense, normalization in zip(self.dense, self.normalizations, strict=False):
            sums = dense(hidden)
            noise = NOISE * tf.random.normal(tf.shape(sums))
            scale, offset = (tf.convert_to_tensor(weight) for weight in (normalization.gamma, normalization.beta))
            after_noise, hidden = _activate(sums, noise, scale, offset)
            noisy.append(after_noise)
        answers = tf.cast(self.dense[-1](hidden), "float32")
        drawn = _normalize(answers)
        for dense, combine, seen in zip(self.downwards[::-1], self.combinators[::-1], noisy[::-1], strict=True):
            drawn = combine(seen, dense(drawn))
        return answers, drawn


class Combinator(keras.layers.Layer):
    """Takes noise away from each unit: a mean between what is seen and what is drawn from above says what it was."""

    def build(self, shape: Any) -> None:
        """Make ten weights for each unit."""
        start = [0, 1, 0, 0, 0, 0, 1, 0, 1, 0]  # what is seen, as it is
        self.weight = [
            self.add_weight(shape=shape[-1:], initializer=keras.initializers.Constant(value), name=f"weight_{index}")
            for index, value in enumerate(start)
        ]

    def call(self, seen: Any, drawn: Any) -> Any:
        """Combine two (N, units) to one."""
        return _combine(seen, drawn, [tf.convert_to_tensor(weight) for weight in self.weight])


@tf.function(jit_compile=True)  # many small steps over each unit, done in one
def _activate(sums: Any, noise: Any, scale: Any, offset: Any) -> tuple[Any, Any]:
    """Normalise what a layer sums up, add noise, and activate; before and after the activation."""
    noisy = _normalize(sums) + noise
    return noisy, tf.nn.relu(scale * noisy + offset)


@tf.function(jit_compile=True)
def _combine(seen: Any, drawn: Any, weight: Any) -> Any:
    """As the source has it in (2): the mean and the share of what is seen depend on what is drawn."""
    drawn = _normalize(drawn)
    mean, share = (w[0] * tf.sigmoid(w[1] * drawn + w[2]) + w[3] * drawn + w[4] for w in (weight[:5], weight[5:]))
    return (seen - mean) * share + mean


def _normalize(values: Any) -> Any:
    """Bring each column of a batch to mean 0 and variance 1, in float32."""
    values = tf.cast(values, "float32")
    mean, variance = tf.nn.moments(values, axes=0, keepdims=True)
    return (values - mean) * tf.math.rsqrt(variance + 1e-6)
