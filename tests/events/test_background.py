"""What is drawn and written off the training thread is never lost, and never fails unseen."""

import subprocess
import sys
import threading

import pytest
from helpers import fit

import mnist_tb
from mnist_tb.events.background import Background, wait_for_all

EPOCHS = 5


def test_jobs_are_done_in_order_on_one_other_thread():
    background, done = Background(), []
    for number in range(50):
        background.do(lambda n: done.append((n, threading.get_ident())), number)
    background.close()
    assert [number for number, _ in done] == list(range(50))
    threads = {thread for _, thread in done}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_no_more_than_a_few_wait():
    background, gate, passed = Background(), threading.Event(), threading.Event()
    for _ in range(6):
        background.do(gate.wait)
    one_more = threading.Thread(target=lambda: (background.do(gate.wait), passed.set()))
    one_more.start()
    assert not passed.wait(0.2)
    gate.set()
    assert passed.wait(10)
    one_more.join()
    background.close()


def fail():
    raise OSError("the disk is full")


def test_an_error_surfaces_and_what_comes_after_is_done():
    background, done = Background(), []
    gate, failed = threading.Event(), threading.Event()
    background.do(lambda: gate.wait() and fail())
    background.do(failed.set)
    gate.set()
    assert failed.wait(10)
    with pytest.raises(OSError, match="the disk is full"):
        background.do(done.append, 1)
    background.close()
    assert done == [1]


def test_the_last_error_surfaces_at_the_end():
    background = Background()
    background.do(fail)
    with pytest.raises(OSError, match="the disk is full"):
        background.close()
    background.close()


def test_others_may_begin_while_one_waits_for_all():
    made, interval = [Background() for _ in range(3000)], sys.getswitchinterval()
    other = threading.Thread(target=lambda: made.extend([Background() for _ in range(3000)]))
    sys.setswitchinterval(1e-6)
    try:
        other.start()
        while other.is_alive():
            wait_for_all()
    finally:
        other.join()
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("failing_epoch", [0, EPOCHS - 1])
def test_what_fails_in_the_background_ends_the_fit(failing_epoch, make_model, digits, tmp_path, monkeypatch):
    from mnist_tb.events.writer import EventWriter

    monkeypatch.setattr(EventWriter, "write", lambda self, step, values: fail() if step == failing_epoch else None)
    model = make_model()
    with pytest.raises(OSError, match="the disk is full"):
        fit(model, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path)], epochs=EPOCHS)
    assert "evaluate" not in vars(model)


def test_the_thread_ends_with_the_fit(make_model, digits, tmp_path, keras):
    before, during = set(threading.enumerate()), set()  # those before may be of another test's fit, which died
    watcher = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: during.update(threading.enumerate()))
    fit(make_model(), digits, [*mnist_tb.classification_loggers(tmp_path), watcher])
    ours = {thread for thread in during - before if thread.name.startswith("mnist_tb")}
    assert ours
    assert not ours & set(threading.enumerate())


PROGRAM = """
import sys, numpy as np, mnist_tb
from mnist_tb.backend.flavours import default_keras
keras = default_keras()
rng = np.random.default_rng(0)
x, y = rng.random((64, 8, 8), "float32"), rng.integers(0, 3, 64)
layers = [keras.layers.Input(shape=(8, 8)), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
model = keras.Sequential(layers)
model.compile("sgd", "sparse_categorical_crossentropy")

def stop(epoch, logs):
    if epoch == 2:
        raise KeyboardInterrupt if "interrupt" in sys.argv else SystemExit(0)

loggers = mnist_tb.classification_loggers(sys.argv[1])
stopper = keras.callbacks.LambdaCallback(on_epoch_end=stop)
model.fit(x, y, validation_data=(x, y), epochs=9, verbose=0, callbacks=[*loggers, stopper])
"""


@pytest.mark.parametrize("how", ["exit", "interrupt"])
def test_a_program_that_ends_amid_training_has_written_all(how, tmp_path, keras, read_run):
    subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path), how], capture_output=True, check=how == "exit")
    run = read_run(tmp_path)
    for tag in ("confusion_matrix", "accuracy", "predictions/confusion_matrix", "predictions/mistakes"):
        assert run.steps(tag) == [0, 1, 2]
