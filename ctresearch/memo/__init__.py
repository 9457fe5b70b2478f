"""Results of pure functions, kept between runs: a stale section computes again only what its change reaches."""

from ctresearch.memo.folders import EXTENSION, ask_kernel, prepare_memo, turn_memo

__all__ = ["EXTENSION", "ask_kernel", "prepare_memo", "turn_memo"]
