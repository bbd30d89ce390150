"""The former place of ``gradproof.slip_kinds``, for branches that are not merged yet."""

from gradproof.slip_kinds import MEANINGS, Kind

__all__ = ["MEANINGS", "Kind"]
