"""Settings shared by all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# Without a deadline: a slow machine is no reason to fail. On a build server the same draws every
# time, so that a change is judged by what it changed; elsewhere new ones, to find what was missed.
settings.register_profile("default", deadline=None)
settings.register_profile("build server", deadline=None, derandomize=True)
settings.load_profile("build server" if os.environ.get("CI") else "default")
