"""The tab in TensorBoard: a dynamic plugin that serves what the loggers wrote, and the page that shows it.

`plugin` takes a request, `params` checks it, `data` asks TensorBoard for the payloads and decodes them, which are
untrusted input, and `answers` turns arrays into JSON. Nothing here needs Keras, TensorFlow, matplotlib or Pillow.
"""
