"""Event files, written without TensorFlow: scalars, images, texts, layouts, hyperparameters and payloads."""

from __future__ import annotations

import itertools
import os
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_number = itertools.count()


class EventWriter:
    """Writes one run: an event file of TensorFlow's format, with no buffer between a call and the disk.

    So an error surfaces in the call that met it, and nothing written is lost when the process dies.

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
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            # The zero-padded time and number sort this file after those of earlier runs in the same place.
            name = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}"
            self.path = self.directory / f"{name}.{next(_number):06d}.mnist_tb"
            self._records = open(self.path, "xb")  # noqa: SIM115 (closed by close)
        except OSError as error:
            raise ValueError(
                f"log_dir must be a folder that can be written to, and {str(self.directory)!r} can't be "
                f"({error.strerror}): choose another log_dir"
            ) from error
        self._write_event(file_version="brain.Event:2")

    def begin(self, step: int) -> None:
        """Say that a `fit` begins at `step`, before anything of it is written.

        Of an earlier `fit` in the same folder, TensorBoard shows what was before that step and this one from there on.
        Its fast loader does so by itself; the other shows the earlier one unless it is told.
        """
        from tensorboard.compat.proto.event_pb2 import SessionLog

        self._write_event(step=step, session_log=SessionLog(status=SessionLog.START))

    def write(self, step: int, values: Sequence[Any]) -> None:
        """Write one event that holds `values`, as made by the functions of this module, at `step`."""
        from tensorboard.compat.proto.summary_pb2 import Summary

        if values:
            self._write_event(step=step, summary=Summary(value=values))

    def close(self) -> None:
        """Close the file; further calls do nothing."""
        self._records.close()

    def _write_event(self, **content: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self._records.write(_record(Event(wall_time=time.time(), **content).SerializeToString()))
        self._records.flush()


def _record(data: bytes) -> bytes:
    """The bytes of a TFRecord: length, its checksum, data, its checksum.

    `tensorboard` has the same in pure Python, where the checksum of an epoch's pictures takes longer than drawing them.
    """
    length = struct.pack("<Q", len(data))
    return b"".join((length, _checksum(length), data, _checksum(data)))


def _checksum(data: bytes) -> bytes:
    """CRC-32C as TensorFlow's record format masks it (tensorflow/core/lib/hash/crc32c.h)."""
    import google_crc32c

    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


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
