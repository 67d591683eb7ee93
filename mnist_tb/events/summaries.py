"""Values for TensorBoard's tabs, made without TensorFlow; `EventWriter.write` takes them."""

import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mnist_tb.events.payload import PLUGIN_NAME, Array


def scalar(tag: str, value: float) -> Any:
    """A number for the Scalars tab."""
    from tensorboard.plugins.scalar import metadata

    tensor = {"dtype": "DT_FLOAT", "float_val": [value]}
    return _value(tag, metadata.create_summary_metadata(tag, ""), "DATA_CLASS_SCALAR", tensor)


def image(tag: str, png: bytes) -> Any:
    """A PNG picture for the Images tab."""
    from tensorboard.plugins.image import metadata

    width, height = struct.unpack(">II", png[16:24])  # where every PNG says its size
    tensor = _strings([str(width).encode(), str(height).encode(), png])
    return _value(tag, metadata.create_summary_metadata(tag, ""), "DATA_CLASS_BLOB_SEQUENCE", tensor)


def text(tag: str, markdown: str) -> Any:
    """A Markdown text for the Text tab."""
    from tensorboard.plugins.text import metadata

    tensor = {"dtype": "DT_STRING", "string_val": [markdown.encode()]}
    return _value(tag, metadata.create_summary_metadata(tag, ""), "DATA_CLASS_TENSOR", tensor)


def pr_curve(tag: str, data: Array) -> Any:
    """A curve for the PR Curves tab; (6, T) at T even thresholds from 0 to 1, as `pr_curve_table` makes it."""
    from tensorboard.plugins.pr_curve import metadata

    described = metadata.create_summary_metadata(tag, "", num_thresholds=data.shape[1])
    return _value(tag, described, "DATA_CLASS_TENSOR", _floats(data))


def histogram(tag: str, counts: Array, edges: Array) -> Any:
    """A histogram for the Histograms tab; (K,) numbers of samples between (K + 1,) edges, ascending."""
    from tensorboard.plugins.histogram import metadata

    table = np.stack([edges[:-1], edges[1:], counts], axis=1)
    return _value(tag, metadata.create_summary_metadata(tag, ""), "DATA_CLASS_TENSOR", _floats(table))


def charts(categories: Mapping[str, Mapping[str, str]]) -> Any:
    """The layout of the Custom Scalars tab: for each category and chart, a regular expression for the tags in it."""
    from tensorboard.plugins.custom_scalar import layout_pb2, metadata

    layout = layout_pb2.Layout()
    for category, charts_of in categories.items():
        charts = layout.category.add(title=category).chart
        for title, pattern in charts_of.items():
            charts.add(title=title, multiline={"tag": [pattern]})
    tensor = {"dtype": "DT_STRING", "string_val": [layout.SerializeToString()]}
    return _value(metadata.CONFIG_SUMMARY_TAG, metadata.create_summary_metadata(), "DATA_CLASS_TENSOR", tensor)


def hparams(values: Mapping[str, bool | int | float | str]) -> Any:
    """The hyperparameters of a run that begins, for the HParams tab, which fails on numbers that are not finite."""
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


def payload(tag: str, blobs: Sequence[bytes]) -> Any:
    """A payload for this package's own tab; see the module `payload`."""
    return _value(tag, {"plugin_data": {"plugin_name": PLUGIN_NAME}}, "DATA_CLASS_BLOB_SEQUENCE", _strings(blobs))


def _session(kind: str, info: Any) -> Any:
    """What the HParams tab keeps in the metadata of a value that is empty itself."""
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    # The plugin's own `metadata`, which holds these names, calls `make_tensor_proto` when it is imported (see _value).
    content = HParamsPluginData(version=0, **{kind: info}).SerializeToString()
    metadata = {"plugin_data": {"plugin_name": "hparams", "content": content}}
    tensor = {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": 0}]}}
    return _value(f"_hparams_/{kind}", metadata, "DATA_CLASS_TENSOR", tensor)


def _strings(blobs: Sequence[bytes]) -> dict[str, Any]:
    return {"dtype": "DT_STRING", "string_val": blobs, "tensor_shape": {"dim": [{"size": len(blobs)}]}}


def _floats(data: Array) -> dict[str, Any]:
    shape = {"dim": [{"size": size} for size in data.shape]}
    return {"dtype": "DT_FLOAT", "tensor_content": data.astype("<f4").tobytes(), "tensor_shape": shape}


def _value(tag: str, metadata: Any, data_class: str, tensor: dict[str, Any]) -> Any:
    """One tagged tensor; made from protos directly, as `make_tensor_proto` fails on NumPy 2 with TensorBoard 2.17."""
    from tensorboard.compat.proto import summary_pb2

    value = summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
    # The fast loader shows nothing of a value without its data class.
    value.metadata.data_class = getattr(summary_pb2, data_class)
    return value
