"""What a finished page gets besides its text: source cards, explained terms, items to cite, one page of everything."""

from ctresearch.site import brief, cards, items, shell, tiles, whole

__all__ = ["brief", "cards", "items", "shell", "tiles", "whole"]
