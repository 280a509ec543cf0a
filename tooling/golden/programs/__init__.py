"""Short TensorFlow 1 programs, a file per subject; each registers its own."""

from programs import basics, control_flow, elements, scopes, sessions, traces, variables  # noqa: F401
