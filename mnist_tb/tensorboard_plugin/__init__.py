"""The tab in TensorBoard: a dynamic plugin that serves what the loggers wrote, and the page that shows it.

`plugin` takes a request, and `params` checks it. `logs` asks TensorBoard for payloads, untrusted input, which `runs`
decodes and `cache` keeps; `checks` looks for what is damaged. `run_list`, `numbers` and `samples` turn arrays into the
JSON of an answer. Nothing here needs Keras, TensorFlow, matplotlib or Pillow.
"""
