"""Tell by its docstring which package of Python a function is from, and read what is mistaken for what.

python examples/train_text.py
tensorboard --logdir logs

The docstrings are those of the Python that runs this; they are read from its sources, nothing is imported.
"""

import ast
import re
import sysconfig
from collections import Counter
from pathlib import Path

import keras
import numpy as np
from command_line import make_parser, print_tensorboard

import mnist_tb

PACKAGES = ["asyncio", "email", "http", "importlib", "logging", "unittest", "xml"]
LENGTH = 40  # words of a docstring that the network reads
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def docstrings(package: str) -> list[list[str]]:
    """The words of each different docstring of at least five words in a package."""
    sources = Path(sysconfig.get_paths()["stdlib"], package).rglob("*.py")
    nodes = [node for source in sources for node in ast.walk(ast.parse(source.read_bytes()))]
    texts = {ast.get_docstring(node) or "" for node in nodes if isinstance(node, DOCUMENTED)}
    words = [re.findall("[a-z]+", text.lower()) for text in sorted(texts)]
    return [text for text in words if len(text) >= 5]


def main() -> None:
    """Train as the command line says."""
    args = make_parser(__doc__, "text", epochs=10).parse_args()
    keras.utils.set_random_seed(0)
    samples = [(text, label) for label, package in enumerate(PACKAGES) for text in docstrings(package)]
    samples = [samples[index] for index in np.random.default_rng(0).permutation(len(samples))]
    split = len(samples) * 3 // 4
    counted = Counter(word for text, _ in samples[:split] for word in text)
    vocabulary = ["", "…", *(word for word, count in counted.most_common() if count > 1)]  # nothing, unknown, known
    number = {word: index for index, word in enumerate(vocabulary)}
    x = np.zeros((len(samples), LENGTH), "int32")
    for row, (text, _) in zip(x, samples, strict=True):
        row[: len(text)] = [number.get(word, 1) for word in text[:LENGTH]]
    y = np.array([label for _, label in samples])
    model = keras.Sequential(
        [
            keras.layers.Input((LENGTH,)),
            keras.layers.Embedding(len(vocabulary), 32, mask_zero=True),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(len(PACKAGES), activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    loggers = mnist_tb.classification_loggers(
        args.log_dir,
        class_names=PACKAGES,
        num_samples=9,
        draw=lambda numbers: " ".join(vocabulary[int(index)] for index in numbers),
    )
    validation = x[split:], y[split:]
    model.fit(x[:split], y[:split], validation_data=validation, epochs=args.epochs, callbacks=loggers, verbose=2)
    accuracy = model.evaluate(*validation, verbose=0)[1]
    print(f"validation accuracy {accuracy:.2%} on {len(x) - split:,} docstrings of {len(PACKAGES)} packages")
    print_tensorboard(args.log_dir)


if __name__ == "__main__":
    main()
