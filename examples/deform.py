"""Deformed digits, new at every epoch: turned, scaled, sheared, moved and bent, as hands do; and what is like none."""

import numpy as np
import tensorflow as tf

SIDE = 28
TURN, SCALE, SHEAR, SHIFT = np.radians(15), 0.15, 0.15, 2.0  # at most: radians, shares, shares, pixels
SMOOTHNESS, STRENGTH = 6.0, 40.0  # of the elastic field, in pixels: standard deviation of the Gaussian, and its factor


def deform(images: tf.Tensor) -> tf.Tensor:
    """Deform each picture in a way of its own.

    Args:
        images: (N, 28, 28) float32, ink on 0.

    Returns:
        (N, 28, 28) float32, each pixel a mean of four, weighted by how near they are. Keras' own layers would do one
        thing after the other, blur at each, and take several times as long.

    Source: P. Simard, D. Steinkraus and J. Platt, "Best practices for convolutional neural networks applied to visual
    document analysis", ICDAR 2003.
    """
    number = tf.shape(images)[0]
    return _sampled(images, _affine(number) + _elastic(number))


def add_unlike(images: tf.Tensor, labels: tf.Tensor, number: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Add digits turned by a quarter, like no digit, so that a network learns to be unsure of what it has never seen.

    Args:
        images: (N, 28, 28) float32.
        labels: (N,) integers from 0 to 9.
        number: how many of the first are turned, at most N.

    Returns:
        (N + number, 28, 28) float32 and (N + number, 10) float32, the probabilities to learn: all the same where there
        is no digit. A 0 that is turned stays a 0.

    Source: D. Hendrycks, M. Mazeika and T. Dietterich, "Deep anomaly detection with outlier exposure", ICLR 2019.
    """
    across = tf.transpose(images[:number], (0, 2, 1))
    turned = tf.where(tf.random.uniform((number, 1, 1)) < 0.5, across[:, ::-1], across[:, :, ::-1])
    known = tf.one_hot(labels, 10)
    of_turned = tf.where(labels[:number, None] == 0, known[:number], 0.1)
    return tf.concat([images, turned], axis=0), tf.concat([known, of_turned], axis=0)


def _affine(number: tf.Tensor) -> tf.Tensor:
    """Where each pixel of a turned, scaled, sheared and moved picture comes from: (N, 2, 784) rows and columns."""

    def some(most: float) -> tf.Tensor:
        return tf.random.uniform((number,), -most, most)

    turn, shear = some(TURN), some(SHEAR)
    height, width = 1 + some(SCALE), 1 + some(SCALE)
    down = tf.stack([tf.cos(turn), tf.sin(turn) + shear], axis=-1) / height[:, None]
    right = tf.stack([-tf.sin(turn), tf.cos(turn)], axis=-1) / width[:, None]
    middle = (SIDE - 1) / 2
    grid = np.indices((SIDE, SIDE), np.float32).reshape(1, 2, -1) - middle
    moved = tf.random.uniform((number, 2, 1), -SHIFT, SHIFT)
    return tf.stack([down, right], axis=1) @ grid + moved + middle


def _elastic(number: tf.Tensor) -> tf.Tensor:
    """How far each pixel of a bent picture is moved besides: (N, 2, 784), random, smooth over some pixels."""
    distance = np.arange(SIDE)[:, None] - np.arange(SIDE)
    weights = np.exp(-0.5 * (distance / SMOOTHNESS) ** 2)
    smooth = np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
    field = tf.random.uniform((number * 2, SIDE, SIDE), -STRENGTH, STRENGTH)
    for _ in range(2):  # rows, then columns: two large products of matrices
        field = tf.reshape(tf.reshape(field, (-1, SIDE)) @ smooth.T, (-1, SIDE, SIDE))
        field = tf.transpose(field, (0, 2, 1))
    return tf.reshape(field, (number, 2, SIDE * SIDE))


@tf.function(jit_compile=True)  # in a third of the time
def _sampled(images: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
    """The pictures' values at places between their pixels, (N, 2, 784); what is outside is 0."""
    wide = SIDE + 2  # a frame of zeros
    pixels = tf.reshape(tf.pad(images, [[0, 0], [1, 1], [1, 1]]), (-1,))
    place = tf.clip_by_value(place + 1, 0, wide - 1.001)
    corner = tf.floor(place)
    row, column = tf.unstack(place - corner, axis=1)
    top, left = tf.unstack(tf.cast(corner, tf.int32), axis=1)
    first = tf.range(tf.shape(images)[0])[:, None] * wide**2 + top * wide + left
    upper = (1 - column) * tf.gather(pixels, first) + column * tf.gather(pixels, first + 1)
    lower = (1 - column) * tf.gather(pixels, first + wide) + column * tf.gather(pixels, first + wide + 1)
    return tf.reshape((1 - row) * upper + row * lower, (-1, SIDE, SIDE))
