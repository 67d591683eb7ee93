"""Prints, as JSON, what a session of the matrix runs with."""

import json
import platform
import sys
from importlib import metadata

from mnist_tb.backend.flavours import backend_of, default_keras

keras = default_keras()
backend = backend_of(keras)
print(
    json.dumps(
        {
            "Python": platform.python_version(),
            "Keras": f"{keras.__name__} {keras.__version__}",
            "backend": f"{backend} {sys.modules[backend].__version__}",
            **{name: metadata.version(name) for name in ("tensorboard", "numpy", "protobuf")},
        }
    )
)
