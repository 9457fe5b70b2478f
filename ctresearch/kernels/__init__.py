"""Warm kernels: forked from one process that has the heavy libraries loaded."""

from ctresearch.kernels.provisioner import WarmKernelManager, can_fork, start_server, stop_server

__all__ = ["WarmKernelManager", "can_fork", "start_server", "stop_server"]
