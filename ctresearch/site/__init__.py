"""What a finished page gets besides its text: source cards, explained terms, items to cite, one page of everything."""

from ctresearch.site import cards, items, shell, whole

__all__ = ["cards", "items", "shell", "whole"]
