"""Prints, as JSON, what a session of the matrix runs with."""

import json
import platform
import sys
from importlib import metadata

from mnist_tb.backend.flavours import backend_of, default_keras

keras = default_keras()
engine = backend_of(keras)
print(
    json.dumps(
        {
            "Python": platform.python_version(),
            "Keras": f"{keras.__name__} {keras.__version__}",
            "engine": f"{engine} {sys.modules[engine].__version__}",
            **{name: metadata.version(name) for name in ("tensorboard", "numpy", "protobuf")},
        }
    )
)
