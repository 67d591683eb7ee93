"""The tab in TensorBoard: a dynamic plugin that serves what the loggers wrote, and the page that shows it.

The way of an answer: `plugin` takes the request, `params` checks it, `logs` asks TensorBoard for the payloads,
`decoding` believes none of them, `runs` puts together what a run holds, `queries` turns arrays into the answer.
Nothing here needs Keras, TensorFlow, matplotlib or Pillow.
"""
