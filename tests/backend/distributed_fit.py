"""Trains on several devices or in several processes; test_distribution.py starts it, once for each process.

python tests/backend/distributed_fit.py BACKEND MODE[,MODE] FOLDER RANK PORT

Each mode has a folder of its own name in FOLDER.
"""

import json
import os
import sys

import numpy as np

NUM_PROCESSES = 2
NUM_SAMPLES = {"jax": 96, "jax-processes": 96}  # JAX refuses a short last batch; the others get one of 7


def data(backend, mode="validates"):
    """To train with, to validate with, and the weights that the model keeps: it learns at rate 0."""
    rng = np.random.default_rng(3)
    n = NUM_SAMPLES.get(backend, 103) if mode != "bare" else 103
    x, y = rng.random((n, 6), "float32"), rng.integers(0, 4, n)
    return (x[:64], y[:64]), (x, y), [rng.normal(size=(6, 4)).astype("float32"), np.zeros(4, "float32")]


def start(backend, rank, port):
    """Set the backend up, before Keras is imported; gives what has a scope in which the model is made."""
    os.environ.update({"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"})
    if backend == "mirrored":
        import tensorflow as tf

        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    if backend == "multi-worker":
        workers = [f"localhost:{port + number}" for number in range(NUM_PROCESSES)]
        task = {"type": "worker", "index": rank}
        os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": workers}, "task": task})
        import tensorflow as tf

        return tf.distribute.MultiWorkerMirroredStrategy()
    if backend.startswith("jax"):
        return start_jax(backend, rank, port)
    raise ValueError(backend)


def start_jax(backend, rank, port):
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={2 if backend == 'jax' else 1}"
    import jax
    import keras

    if backend == "jax-processes":
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        # As keras.distribution.initialize does; that one waits 100 s for a process that died.
        jax.distributed.initialize(f"localhost:{port}", NUM_PROCESSES, rank, heartbeat_timeout_seconds=10)
        keras.utils.set_random_seed(0)
    return keras.distribution.DataParallel(auto_shard_dataset=False)


def make_model(keras, weights):
    model = keras.Sequential([keras.layers.Input(shape=(6,)), keras.layers.Dense(4, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.set_weights(weights)
    return model


def recorder(log_dir, **options):
    """A logger that keeps what it was shown, to be compared with NumPy."""
    import mnist_tb

    class Recorder(mnist_tb.SamplePredictionLogger):
        def _log(self, epoch, observation, names, events):
            super()._log(epoch, observation, names, events)
            self.seen = observation

    return Recorder(log_dir, num_samples=20, **options)


def save(folder, rank, logger):
    """Where this process is the one that was shown something."""
    seen = getattr(logger, "seen", None)
    if seen is not None:
        samples = {
            f"{name}_{field}": getattr(getattr(seen, name), field)
            for name in ("first_samples", "mistakes", "examples")
            for field in ("inputs", "true", "predicted", "confidence", "position")
        }
        np.savez(f"{folder}/seen-{rank}.npz", tracked=seen.tracked.predicted, **samples)


def fit(backend, mode, folder, rank, strategy):
    """`fit` under the backend. Modes: "validates", "passes" (ours go through the data), "bare", "dies"."""
    import mnist_tb
    from mnist_tb.backend.flavours import default_keras
    from mnist_tb.observer import counting

    keras = default_keras()
    (x, y), validation, weights = data(backend, mode)
    if backend == "jax-processes":  # each process hands over its part of each batch
        part = np.arange(len(validation[0])) % 32 // 16 == rank
        validation = tuple(array[part] for array in validation)
    with strategy.scope():
        model = make_model(keras, weights)
        options = {"validation_data": validation} if mode == "passes" else {}
        logger = recorder(f"{folder}/logs", samples=(x[:3], y[:3]) if mode == "passes" else None, **options)
        callbacks = [mnist_tb.ConfusionMatrixLogger(f"{folder}/logs", **options), logger]
        callbacks.append(mnist_tb.ConfidenceLogger(f"{folder}/logs", **options))
        counting.MOST_COUNTS = 0 if mode == "passes" else counting.MOST_COUNTS  # as if there were many classes
        if mode == "dies" and rank == 1:
            callbacks.append(keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: epoch and os._exit(9)))
        model.fit(
            x, y, validation_data=None if mode == "passes" else validation, epochs=2, verbose=0,
            batch_size=16 if backend == "jax-processes" else 32, callbacks=[] if mode == "bare" else callbacks,
        )  # fmt: skip
    save(folder, rank, logger)


def own_loop(mode, folder, rank, port):
    """A loop of one's own over `DistributedDataParallel`, as in Keras' guide; ours are its callbacks."""
    import keras
    import torch
    from torch.nn.parallel import DistributedDataParallel
    from torch.utils.data import DataLoader, TensorDataset

    import mnist_tb

    torch.distributed.init_process_group("gloo", f"tcp://localhost:{port}", rank=rank, world_size=NUM_PROCESSES)
    _, (x, y), weights = data("torch")
    part = np.arange(len(x)) % 32 // 16 == rank  # the second process has no share in the last batch
    loader = DataLoader(TensorDataset(torch.as_tensor(x[part]), torch.as_tensor(y[part])), batch_size=16)
    model = DistributedDataParallel(make_model(keras, weights))
    optimizer, loss = torch.optim.SGD(model.parameters(), lr=0.0), torch.nn.NLLLoss()
    logger = recorder(f"{folder}/logs", validation_data=loader)
    matrix = mnist_tb.ConfusionMatrixLogger(f"{folder}/logs", validation_data=loader)
    confidence = mnist_tb.ConfidenceLogger(f"{folder}/logs", validation_data=loader)
    callbacks = keras.callbacks.CallbackList([matrix, logger, confidence], model=model)
    callbacks.on_train_begin()
    for epoch in range(2):
        if mode == "dies" and epoch and rank:
            os._exit(9)
        callbacks.on_epoch_begin(epoch)
        with model.join():  # the backend's own way to train on uneven parts
            for inputs, labels in loader:
                optimizer.zero_grad()
                loss(torch.log(model(inputs)), labels).backward()
                optimizer.step()
        callbacks.on_epoch_end(epoch)
    callbacks.on_train_end()
    save(folder, rank, logger)


if __name__ == "__main__":
    backend, modes, folder, rank, port = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
    strategy = None if backend == "torch" else start(backend, rank, port)
    for mode in modes.split(","):
        os.makedirs(f"{folder}/{mode}", exist_ok=True)
        if backend == "torch":
            own_loop(mode, f"{folder}/{mode}", rank, port)
        else:
            fit(backend, mode, f"{folder}/{mode}", rank, strategy)
