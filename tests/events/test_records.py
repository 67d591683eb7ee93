"""Whatever happens to an event file, what is whole is read, what is not is said, and no number is ever wrong."""

import os
import struct

import hypothesis
import pytest
from event_logs import folder_of, read_counts, warnings, write_matrices

import mnist_tb
from mnist_tb.events.records import Records, encode_record, find_damage, masked_crc32c

COUNTS = {step: 1000 + step for step in range(5)}


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """A run, the bytes of its file, and where each of its records ends."""
    log_dir = tmp_path_factory.mktemp("logs")
    path = write_matrices(log_dir, COUNTS)
    ends = [0]
    for record in Records(path):
        ends.append(ends[-1] + len(encode_record(record)))
    return log_dir, path, path.read_bytes(), ends[1:]


CASES = 3000 if os.environ.get("MNIST_TB_TRUST") == "1" else 100


def read(log_dir, data, **options):
    """What is read of a run whose file has become `data`, and what is warned of."""
    (path,) = folder_of(log_dir).iterdir()
    path.write_bytes(data)
    with warnings() as said:
        try:
            return read_counts(log_dir, **options), said
        except FileNotFoundError:
            return {}, said


def test_a_file_cut_anywhere_is_read_up_to_there_in_silence(logged, record_property):
    record_property("cases", CASES)
    log_dir, _, data, ends = logged

    @hypothesis.settings(deadline=None, max_examples=CASES)
    @hypothesis.given(cut=hypothesis.strategies.integers(0, len(data)))
    @hypothesis.example(len(data) - 1)
    def check(cut):
        whole = sum(end <= cut for end in ends) - 2  # without the file's version and the word that a fit begins
        assert read(log_dir, data[:cut], strict=True) == (dict(list(COUNTS.items())[: max(whole, 0)]), [])

    check()


def test_a_byte_changed_anywhere_is_said_and_makes_no_number_wrong(logged, record_property):
    record_property("cases", CASES)
    log_dir, path, data, ends = logged

    @hypothesis.settings(deadline=None, max_examples=CASES)
    @hypothesis.given(
        place=hypothesis.strategies.integers(0, len(data) - 1), bits=hypothesis.strategies.integers(1, 255)
    )
    def check(place, bits):
        damaged = bytearray(data)
        damaged[place] ^= bits
        counts, said = read(log_dir, damaged)
        hit = sum(end <= place for end in ends)
        begin, end = ([0, *ends][hit], ends[hit])
        message = f"damaged at byte {begin} of {path}, {end - begin} bytes not read"
        assert said == [f"mnist_tb: {message}"]
        assert counts == {step: count for step, count in COUNTS.items() if step != hit - 2}
        assert find_damage(path) == message
        with pytest.raises(ValueError, match=f"^{message}$"):
            mnist_tb.read_confusion_matrices(log_dir, strict=True)

    check()


@pytest.mark.parametrize("block", [1 << 20, 40])
def test_records_between_junk_are_all_found(block, tmp_path, monkeypatch):
    binary = hypothesis.strategies.binary
    parts_of_a_file = hypothesis.strategies.tuples(binary(max_size=50), binary(min_size=1, max_size=300))
    monkeypatch.setattr("mnist_tb.events.records._BLOCK", block)
    path = tmp_path / "events"

    @hypothesis.settings(deadline=None)
    @hypothesis.given(hypothesis.strategies.lists(parts_of_a_file))
    @hypothesis.example([(bytes(4), b"one"), (b"\1" + bytes(3), bytes(256)), (bytes(100), b"three")])
    @hypothesis.example([(b"j" * size, b"data") for size in range(60)])
    def check(parts):
        path.write_bytes(b"".join(junk + encode_record(data) for junk, data in parts))
        records = Records(path)
        assert list(records) == [data for _, data in parts]
        assert bool(records.damage) == any(junk for junk, _ in parts)
        assert not records.damage or f" {sum(len(junk) for junk, _ in parts)} bytes" in records.damage

    check()


def test_half_a_record_amid_others_hides_none_of_them(tmp_path):
    path = write_matrices(tmp_path, {0: 10, 1: 11})
    torn, whole = encode_record(bytes(range(250)) * 1000), path.read_bytes()
    later = write_matrices(tmp_path / "later", {2: 12, 3: 13}).read_bytes()
    path.write_bytes(whole + torn[:5000] + later)
    with warnings() as said:
        assert read_counts(tmp_path) == {0: 10, 1: 11, 2: 12, 3: 13}
    assert said == [f"mnist_tb: damaged at byte {len(whole)} of {path}, 5000 bytes not read"]


def test_a_hole_of_zeros_is_damage(tmp_path):
    path = write_matrices(tmp_path, COUNTS)
    path.write_bytes(path.read_bytes() + bytes(4096))  # as after a power cut
    with warnings() as said:
        assert read_counts(tmp_path) == COUNTS
    assert said[0].endswith("4096 bytes not read")


@pytest.mark.parametrize("length", [2**64 - 1, 2**63 - 1, 2**50])
def test_a_length_that_can_not_be_is_where_reading_ends(length, tmp_path):
    path, header = write_matrices(tmp_path, COUNTS), struct.pack("<Q", length)
    with path.open("ab") as file:
        file.write(header + masked_crc32c(header) + b"a record")
    assert read_counts(tmp_path, strict=True) == COUNTS


def test_damage_is_said_once_for_each_file(tmp_path):
    paths = [write_matrices(tmp_path, {step: 1}) for step in range(2)]
    for path in paths:
        path.write_bytes(b"junk" + path.read_bytes() + b"longer junk than a header" + path.read_bytes())
    with warnings() as said:
        read_counts(tmp_path)
    assert said == [f"mnist_tb: damaged at byte 0 of {path}, 29 bytes not read" for path in paths]


def test_what_is_no_event_file_is_ignored(tmp_path):
    write_matrices(tmp_path, COUNTS)
    folder = folder_of(tmp_path)
    (folder / "notes.txt").write_text("no event")
    (folder / "a.tfevents.folder").mkdir()
    (folder / "events.out.tfevents.0").touch()
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "a.tfevents.pipe")  # to open it would wait for somebody to write
    assert read_counts(tmp_path, strict=True) == COUNTS


def test_a_record_that_is_no_event_is_named(tmp_path):
    path = write_matrices(tmp_path, COUNTS)
    with path.open("ab") as file:
        file.write(encode_record(b"no event"))
    with pytest.raises(ValueError, match=r"a record of '.*tfevents.*' is no event"):
        mnist_tb.read_confusion_matrices(tmp_path)
