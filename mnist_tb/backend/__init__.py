"""Whatever differs between Keras 2, tf_keras and Keras 3 and between TensorFlow, JAX and torch."""
