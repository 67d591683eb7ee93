"""Search a grid with scikit-learn's GridSearchCV, through scikeras, and see what each fit gets wrong.

python examples/grid_search_with_scikeras.py
tensorboard --logdir logs

Each fit is a run of its own, named by what it was made with. It learns scikit-learn's digits of 8 x 8 pixels.
"""

import itertools
from pathlib import Path
from typing import Any

import keras
from command_line import make_parser, print_tensorboard, refuse

import mnist_tb

try:
    from scikeras.wrappers import KerasClassifier
    from sklearn.datasets import load_digits
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
except ModuleNotFoundError:
    refuse('this example needs scikeras and scikit-learn: pip install ".[examples,tuning]" in the folder of mnist_tb')


class LoggedClassifier(KerasClassifier):
    """scikeras' classifier, with loggers for each fit."""

    log_dir = Path("logs")

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> Any:  # noqa: N803 (scikit-learn's)
        """Fit, and log it into a folder of its own."""
        options = {"units": self.model__hidden_units, "learning_rate": self.model__learning_rate}
        name = ",".join(f"{option}={value}" for option, value in options.items())
        folders = (self.log_dir / name / f"fit-{number}" for number in itertools.count(1))
        log_dir = next(folder for folder in folders if not folder.exists())
        scalars = mnist_tb.EpochScalarsLogger(log_dir, hparams=options)
        self.callbacks = [scalars, *mnist_tb.classification_loggers(log_dir)]
        return super().fit(X, y, sample_weight, **kwargs)


def build(hidden_units: int, learning_rate: float) -> keras.Model:
    """Make the model of one fit."""
    return mnist_tb.mnist_dense(hidden_units, learning_rate=learning_rate, input_shape=(8, 8))


def main() -> None:
    """Search as the command line says."""
    args = make_parser(__doc__, "grid", epochs=5).parse_args()
    keras.utils.set_random_seed(0)
    digits = load_digits()
    LoggedClassifier.log_dir = args.log_dir
    classifier = LoggedClassifier(
        build,
        epochs=args.epochs,
        verbose=0,
        fit__validation_split=0.2,  # of the fold that is fitted
    )
    search = GridSearchCV(
        classifier,
        {"model__hidden_units": [16, 64], "model__learning_rate": [0.001, 0.01]},
        cv=StratifiedKFold(2, shuffle=True, random_state=0),
    )
    search.fit(digits.images / 16, digits.target)
    print(f"best of the grid: {search.best_params_}, accuracy {search.best_score_:.2%} on the folds held out")
    print_tensorboard(args.log_dir)


if __name__ == "__main__":
    main()
