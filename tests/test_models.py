"""The model factory."""

import numpy as np
import pytest

import mnist_tb


def test_it_is_the_dense_network_of_the_exercise():
    model = mnist_tb.mnist_dense(hidden_units=(50, 50), dropout=0)
    shapes = [weight.shape for weight in model.get_weights()]
    assert shapes == [(784, 50), (50,), (50, 50), (50,), (50, 10), (10,)]
    assert [layer.activation.__name__ for layer in model.layers if hasattr(layer, "activation")] == [
        "relu",
        "relu",
        "softmax",
    ]


def test_it_comes_compiled_with_adam_and_accuracy(digits):
    model = mnist_tb.mnist_dense(8, learning_rate=0.01)
    assert type(model.optimizer).__name__ == "Adam"
    assert float(np.asarray(model.optimizer.learning_rate)) == pytest.approx(0.01)
    results = model.evaluate(digits.x, digits.y, verbose=0, return_dict=True)
    assert sorted(results) == ["accuracy", "loss"]


def test_its_sizes_are_parameters():
    model = mnist_tb.mnist_dense((), num_classes=26, input_shape=(8, 8, 3))
    assert [weight.shape for weight in model.get_weights()] == [(192, 26), (26,)]
    assert model.output_shape == (None, 26)


def test_its_sizes_may_be_those_of_numpy():
    y = np.array([0, 2, 1])
    model = mnist_tb.mnist_dense(np.int64(5), num_classes=y.max() + 1, input_shape=np.array([4, 4]))
    assert [weight.shape for weight in model.get_weights()] == [(16, 5), (5,), (5, 3), (3,)]


def test_dropout_follows_each_hidden_layer():
    names = [type(layer).__name__ for layer in mnist_tb.mnist_dense((9, 8), dropout=0.5).layers]
    assert names == ["Flatten", "Dense", "Dropout", "Dense", "Dropout", "Dense"]


def test_batch_normalization_comes_before_the_activation():
    model = mnist_tb.mnist_dense(9, batch_normalization=True)
    assert [type(layer).__name__ for layer in model.layers] == [
        "Flatten",
        "Dense",
        "BatchNormalization",
        "Activation",
        "Dropout",
        "Dense",
    ]
    dense, activation = model.layers[1], model.layers[3]
    assert (dense.use_bias, dense.activation.__name__, activation.activation.__name__) == (False, "linear", "relu")


def test_probabilities_are_float32_in_mixed_precision(keras):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model = mnist_tb.mnist_dense(9, batch_normalization=True)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert {layer.compute_dtype for layer in model.layers[:-1]} == {"bfloat16"}
    assert model.layers[-1].compute_dtype == "float32"


def test_an_uncompiled_model_can_be_had():
    assert not getattr(mnist_tb.mnist_dense(compile=False), "optimizer", None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden_units": (50, 0)}, "hidden_units must be whole numbers from 1 on"),
        ({"dropout": 1}, "dropout must be at least 0 and below 1"),
        ({"learning_rate": 0}, "learning_rate must be above 0"),
        ({"num_classes": 1}, "num_classes must be a whole number from 2 on"),
        ({"input_shape": (28, -1)}, "input_shape must hold sizes from 1 on"),
    ],
)
def test_the_model_factory_refuses_what_can_not_be(options, message):
    with pytest.raises(ValueError, match=message):
        mnist_tb.mnist_dense(**options)
