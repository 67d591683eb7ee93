"""Event files, written and read without Keras and TensorFlow."""
