"""Event files, written without TensorFlow: scalars, images, texts, layouts, hyperparameters and payloads."""

from __future__ import annotations

import logging
import os
import re
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from mnist_tb.events.files import EventFile, event_files, is_written_by_others
from mnist_tb.events.records import encode_record

_logger = logging.getLogger("mnist_tb")
_newest: WeakValueDictionary[str, EventWriter] = WeakValueDictionary()  # by folder, the last to open a file there


class EventWriter:
    """Writes one run into event files of TensorFlow's format, with no buffer between a call and the disk.

    So an error surfaces in the call that met it, and nothing written is lost when the process dies. What can't be
    appended to a file, as somebody removed or changed it, goes into a new one. Threads may share a writer.

    Args:
        directory: the run's folder, made if it is missing.

    Raises:
        ValueError: the directory is a file or can't be written to.

    Example:
        >>> import tempfile, mnist_tb.events.writer
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     writer = mnist_tb.events.writer.EventWriter(folder)
        ...     writer.write(0, [scalar("accuracy", 0.5), text("note", "hello")])
        ...     writer.close()
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)
        self._lock = threading.Lock()
        self._warned: set[str] = set()
        self._next_step: int | None = None  # of a fit that has begun, the step after all that it wrote
        try:
            self._records = EventFile(self.directory, _file_version())
        except OSError as error:
            raise ValueError(
                f"log_dir must be a folder that can be written to, and {str(self.directory)!r} can't be "
                f"({error.strerror}): choose another log_dir"
            ) from error
        _newest[str(self.directory)] = self
        if any(map(is_written_by_others, event_files(self.directory))):
            self._warn(f"another training is writing into {self.directory} now: give each its own log_dir")

    @property
    def path(self) -> Path:
        """The file that was written last."""
        return self._records.path

    def begin(self, step: int) -> None:
        """Say that a `fit` begins at `step`, before anything of it is written.

        Of an earlier `fit` in the same folder, what was before that step is shown and read, and this one from there on.
        TensorBoard's fast loader does so by itself; the other shows the earlier one unless it is told.

        Raises:
            OSError: see `write`.
        """
        self._write_event(step, _start(step))
        self._next_step = step

    def write(self, step: int, values: Sequence[Any]) -> None:
        """Write one event that holds `values`, as made by the functions of this module, at `step`.

        Raises:
            OSError: they can't be written, to a new file in a new folder neither, as the disk is full, say. The next
                call tries again.
        """
        from tensorboard.compat.proto.summary_pb2 import Summary

        if values:
            self._write_event(step, _event(step=step, summary=Summary(value=values)))

    def sync(self) -> None:
        """Have the system bring all to the disk that it may hold in memory, against a power cut.

        Raises:
            OSError: it can't.
        """
        with self._lock:
            if not self._records.closed:
                self._records.sync()

    def close(self) -> None:
        """Close the file; further calls do nothing, and a further `write` begins a new file."""
        with self._lock:
            if _newest.get(str(self.directory)) is self:
                del _newest[str(self.directory)]
            self._records.close()

    def _write_event(self, step: int, event: bytes) -> None:
        with self._lock:
            if self._records.closed:
                self._begin_file(event)
            else:
                self._append(event)
            if self._next_step is not None:
                self._next_step = max(self._next_step, step + 1)
            if _newest.setdefault(str(self.directory), self) is not self:
                self._warn(f"another training is writing into {self.directory} now: give each its own log_dir")

    def _append(self, event: bytes) -> None:
        try:
            self._records.append(event)
        except OSError as error:
            try:
                self._begin_file(event)
            except OSError:
                raise error from None
            self._warn(f"{error}: the logs go on in a new file in {self.directory}")

    def _begin_file(self, event: bytes) -> None:
        # Should the file with the fit's START have been removed, TensorBoard would take the next fit's for the first
        # one, which replaces nothing; this one replaces nothing of this fit.
        start = b"" if self._next_step is None else _start(self._next_step)
        self._records = EventFile(self.directory, _file_version() + start + event, self._records.number)

    def _warn(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            _logger.warning("mnist_tb: %s", message)


def check_log_dir(log_dir: Any) -> str:
    """The path of a local folder, with the home folder in place of `~`.

    Raises:
        ValueError: it is no path, or the address of something that is not local.

    Example:
        >>> check_log_dir(Path("logs/run1"))
        'logs/run1'
    """
    path = os.fspath(log_dir) if isinstance(log_dir, (str, os.PathLike)) else ""
    if not isinstance(path, str) or not path or "\0" in path:
        raise ValueError(f"log_dir must be the path of a folder, such as 'logs/run1', and is {log_dir!r}")
    if re.match(r"[A-Za-z][\w+.-]+:/", path):  # a Path makes one slash of two; one letter is a drive of Windows
        raise ValueError(
            f"log_dir must be a local folder, and {path!r} is an address: "
            "log into a local folder that is synced to it, or mount it"
        )
    return os.path.expanduser(path)


def _file_version() -> bytes:
    """What an event file begins with."""
    return _event(file_version="brain.Event:2")


def _start(step: int) -> bytes:
    """The word that what earlier `fit`s wrote at `step` or later is no longer to be shown."""
    from tensorboard.compat.proto.event_pb2 import SessionLog

    return _event(step=step, session_log=SessionLog(status=SessionLog.START))


def _event(**content: Any) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event

    return encode_record(Event(wall_time=time.time(), **content).SerializeToString())


def scalar(tag: str, value: float) -> Any:
    """A number for the Scalars tab."""
    from tensorboard.plugins.scalar import metadata

    tensor = {"dtype": "DT_FLOAT", "float_val": [value]}
    return _value(tag, metadata.create_summary_metadata(tag, ""), "DATA_CLASS_SCALAR", tensor)


def image(tag: str, png: bytes) -> Any:
    """A PNG picture for the Images tab."""
    from tensorboard.plugins.image import metadata

    width, height = struct.unpack(">II", png[16:24])  # where every PNG says its size
    described = metadata.create_summary_metadata(tag, "")
    return _value(tag, described, "DATA_CLASS_BLOB_SEQUENCE", _strings([str(width), str(height), png]))


def text(tag: str, markdown: str) -> Any:
    """A Markdown text for the Text tab."""
    from tensorboard.plugins.text import metadata

    tensor = {"dtype": "DT_STRING", "string_val": [markdown.encode()]}
    return _value(tag, metadata.create_summary_metadata(tag, ""), "DATA_CLASS_TENSOR", tensor)


def charts(categories: Mapping[str, Mapping[str, str]]) -> Any:
    """The layout of the Custom Scalars tab.

    Args:
        categories: by title of a category: by title of a chart, a regular expression for the tags drawn in it.
    """
    from tensorboard.plugins.custom_scalar import layout_pb2, metadata

    layout = layout_pb2.Layout(
        category=[
            layout_pb2.Category(
                title=category,
                chart=[
                    layout_pb2.Chart(title=title, multiline=layout_pb2.MultilineChartContent(tag=[pattern]))
                    for title, pattern in charts_of.items()
                ],
            )
            for category, charts_of in categories.items()
        ]
    )
    tensor = {"dtype": "DT_STRING", "string_val": [layout.SerializeToString()]}
    return _value(metadata.CONFIG_SUMMARY_TAG, metadata.create_summary_metadata(), "DATA_CLASS_TENSOR", tensor)


def hparams(values: Mapping[str, bool | int | float | str]) -> Any:
    """The hyperparameters of a run that begins, for the HParams tab.

    TensorBoard takes the scalars of the folder it is written to, and of the folders below, for the run's metrics.

    Args:
        values: by name; finite numbers, as the tab fails on others.
    """
    from tensorboard.plugins.hparams.plugin_data_pb2 import SessionStartInfo

    info = SessionStartInfo(start_time_secs=time.time())
    for name, value in values.items():
        kind = "bool" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
        setattr(info.hparams[name], f"{kind}_value", value)
    return _session("session_start_info", info)


def hparams_end() -> Any:
    """The word that a run with `hparams` came to a good end, for the same folder."""
    from tensorboard.plugins.hparams.api_pb2 import STATUS_SUCCESS
    from tensorboard.plugins.hparams.plugin_data_pb2 import SessionEndInfo

    return _session("session_end_info", SessionEndInfo(status=STATUS_SUCCESS, end_time_secs=time.time()))


def payload(tag: str, plugin_name: str, parts: Sequence[bytes]) -> Any:
    """Bytes for a plugin of one's own, a list of blobs."""
    from tensorboard.compat.proto.summary_pb2 import SummaryMetadata

    described = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin_name))
    return _value(tag, described, "DATA_CLASS_BLOB_SEQUENCE", _strings(parts))


def _session(kind: str, info: Any) -> Any:
    """What the HParams tab keeps in the metadata of a value that is empty itself."""
    from tensorboard.compat.proto.summary_pb2 import SummaryMetadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    # The plugin's own `metadata`, which holds these names, calls `make_tensor_proto` when it is imported (see _value).
    content = HParamsPluginData(version=0, **{kind: info}).SerializeToString()
    described = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="hparams", content=content))
    tensor = {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": 0}]}}
    return _value(f"_hparams_/{kind}", described, "DATA_CLASS_TENSOR", tensor)


def _strings(parts: Sequence[bytes | str]) -> dict[str, Any]:
    blobs = [part.encode() if isinstance(part, str) else part for part in parts]
    return {"dtype": "DT_STRING", "string_val": blobs, "tensor_shape": {"dim": [{"size": len(blobs)}]}}


def _value(tag: str, metadata: Any, data_class: str, tensor: dict[str, Any]) -> Any:
    """One tagged tensor; made from protos directly, as `make_tensor_proto` fails on NumPy 2 with TensorBoard 2.17."""
    from tensorboard.compat.proto import summary_pb2, tensor_pb2

    # The fast loader shows nothing of a value without its data class.
    metadata.data_class = getattr(summary_pb2, data_class)
    return summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=tensor_pb2.TensorProto(**tensor))
