"""What TensorBoard imports when it starts: light, and silent about its own troubles except for a line in the log."""

import logging
from typing import Any

from tensorboard.plugins.base_plugin import TBLoader

_NAME = "mnist_tb"  # as payload.PLUGIN_NAME, without the import


class Loader(TBLoader):  # type: ignore[misc]
    """Loads the tab; where that fails, TensorBoard starts without it."""

    def fix_flags(self, flags: Any) -> None:
        """Have every step kept, which 0 stands for, unless the user asks for a number; TensorBoard's default is 10."""
        samples = getattr(flags, "samples_per_plugin", None)
        if isinstance(samples, dict):
            samples.setdefault(_NAME, 0)

    def load(self, context: Any) -> Any:
        """The plugin, or None where something that it needs is missing: an exception here would end TensorBoard."""
        try:
            # Imported here: an installation that lacks something must not break TensorBoard's own import of this.
            from mnist_tb.tensorboard_plugin.plugin import TabPlugin

            return TabPlugin(context)
        except Exception as error:
            logging.getLogger("tensorboard").warning("The tab of mnist_tb is not shown: %s", error)
            return None
