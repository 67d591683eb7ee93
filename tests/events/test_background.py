"""What is drawn and written off the training thread is never lost, and never fails unseen."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading

import pytest
from event_logs import write_matrices
from helpers import fit

import mnist_tb
from mnist_tb.events.background import Background, wait_for_all

LONGEST = 5  # seconds, until a child process is taken to hang


def test_jobs_are_done_in_order_on_one_other_thread():
    background, done = Background(), []
    for number in range(50):
        background.do(number, lambda n: done.append((n, threading.get_ident())), number)
    background.close()
    assert [number for number, _ in done] == list(range(50))
    threads = {thread for _, thread in done}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_jobs_of_two_epochs_may_wait_and_no_more():
    background, gate, passed = Background(), threading.Event(), threading.Event()
    for epoch in (0, 10):
        for _ in range(5):
            background.do(epoch, gate.wait)
    one_more = threading.Thread(target=lambda: (background.do(20, gate.wait), passed.set()))
    one_more.start()
    assert not passed.wait(0.2)
    gate.set()
    assert passed.wait(10)
    one_more.join()
    background.close()


def fail():
    raise OSError("the disk is full")


def test_an_error_is_logged_and_what_comes_after_is_done(caplog):
    background, done = Background(), []
    for epoch in range(5):
        background.do(epoch, fail)
        background.do(epoch, done.append, epoch)
    background.close()
    background.close()
    assert done == [0, 1, 2, 3, 4]
    assert len(caplog.messages) == 5
    assert set(caplog.messages) == {"mnist_tb: a part of an epoch was not logged: OSError('the disk is full')"}


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


@pytest.fixture
def busy():
    """A background with jobs that wait for as long as the test runs."""
    background, gate = Background(), threading.Event()
    for _ in range(3):
        background.do(0, gate.wait)
    yield background
    gate.set()
    background.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_does_not_wait_for_its_parents_work(busy):
    child = os.fork()
    if not child:
        signal.alarm(LONGEST)  # ends a child that hangs
        done = []
        wait_for_all()
        busy.do(0, done.append, 1)
        busy.close()
        os._exit(0 if done == [1] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_that_multiprocessing_forks_reads_while_its_parent_logs(busy, tmp_path):
    write_matrices(tmp_path, {0: 1})
    child = multiprocessing.get_context("fork").Process(target=mnist_tb.read_confusion_matrices, args=(tmp_path,))
    child.start()
    child.join(LONGEST)
    child.kill()
    child.join()
    assert child.exitcode == 0


def test_the_thread_ends_with_the_fit(make_model, digits, tmp_path, keras):
    before, during = set(threading.enumerate()), set()  # those before may be of another test's fit, which died
    watcher = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: during.update(threading.enumerate()))
    fit(make_model(), digits, [*mnist_tb.classification_loggers(tmp_path), watcher])
    ours = {thread for thread in during - before if thread.name.startswith("mnist_tb")}
    assert ours
    assert not ours & set(threading.enumerate())


PROGRAM = """
import os, sys, numpy as np, mnist_tb
from mnist_tb.backend.flavours import default_keras
keras = default_keras()
child = os.fork()  # before anything is computed, so that the two ends cost one import of Keras
if child and os.waitpid(child, 0)[1]:
    raise RuntimeError("sys.exit() did not end the program well")
how, end = ("interrupt", KeyboardInterrupt) if child else ("exit", SystemExit(0))
rng = np.random.default_rng(0)
x, y = rng.random((64, 8, 8), "float32"), rng.integers(0, 3, 64)
layers = [keras.layers.Input(shape=(8, 8)), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
model = keras.Sequential(layers)
model.compile("sgd", "sparse_categorical_crossentropy")

def stop(epoch, logs):
    if epoch == 2:
        raise end

loggers = mnist_tb.classification_loggers(os.path.join(sys.argv[1], how))
stopper = keras.callbacks.LambdaCallback(on_epoch_end=stop)
model.fit(x, y, validation_data=(x, y), epochs=9, verbose=0, callbacks=[*loggers, stopper])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_program_that_ends_amid_training_has_written_all(tmp_path, keras, read_run):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.stderr.splitlines()[-1] == "KeyboardInterrupt"
    for how in ("exit", "interrupt"):
        run = read_run(tmp_path / how)
        for tag in ("confusion_matrix", "accuracy", "predictions/confusion_matrix", "predictions/mistakes"):
            assert run.steps(tag) == [0, 1, 2], (how, tag)
