"""Let Jupyter launch kernels by forking: a kernel provisioner, the ecosystem's own extension point."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Type

PROVISIONER = "ctresearch-warm"
"""Name under which the provisioner is registered as an entry point."""

_POLL_SECONDS = 0.01


def can_fork() -> bool:
    """Return whether this system can fork kernels."""
    return hasattr(os, "fork") and sys.platform != "darwin"


class _PromptChannel(AsyncZMQSocketChannel):
    """The channel of outputs: what a forked kernel has to say when it starts, it says within milliseconds."""

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait for a message, but a bounded time only for a moment."""
        return await super().get_msg(None if timeout is None else min(timeout, _POLL_SECONDS))


class WarmKernelClient(AsyncKernelClient):
    """A client that notices at once that its kernel is ready; others go on to listen for a fifth of a second."""

    iopub_channel_class = Type(_PromptChannel)


class WarmKernelManager(AsyncKernelManager):
    """A kernel manager whose kernels are forked; everything else is as in the base class."""

    client_factory = Type(WarmKernelClient, AsyncKernelClient)

    @property
    def kernel_spec(self) -> KernelSpec | None:
        """Return the kernel's specification with the warm provisioner named in it."""
        spec = copy(super().kernel_spec)
        if spec is not None:
            spec.metadata = {**spec.metadata, "kernel_provisioner": {"provisioner_name": PROVISIONER}}
        return spec


class WarmProvisioner(LocalProvisioner):
    """Launches a Python kernel by asking the server to fork one."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Fork a kernel; any command that is not a Python kernel's is launched as usual."""
        if "ipykernel_launcher" not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        arguments = cmd[cmd.index("ipykernel_launcher") :]
        environment = dict(kwargs.get("env") or os.environ)
        launch = {"argv": arguments, "env": environment, "cwd": str(kwargs.get("cwd") or Path.cwd())}
        self.process = _ForkedProcess(_Server.shared(), launch)
        self.pid = self.pgid = self.process.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and see its end, which others look for after a tenth of a second."""
        await super().kill(restart=restart)
        if self.process:
            self.process.wait()


class _ForkedProcess:
    """The part of `subprocess.Popen` that the provisioner uses, for a child of the server."""

    stdin = stdout = stderr = None

    def __init__(self, server: _Server, launch: dict[str, Any]) -> None:
        self._server = server
        self.pid: int = server.ask({"launch": launch})["pid"]
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = self._server.ask({"poll": self.pid})["code"]
            except (OSError, ValueError):
                # The server is gone and has taken its kernels with it.
                self.returncode = -9
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        while self.poll() is None:
            time.sleep(_POLL_SECONDS)
        return self.returncode

    def send_signal(self, number: int) -> None:
        # Its number may be that of another process by now.
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(9)

    def terminate(self) -> None:
        self.send_signal(15)


class _Server:
    """The other end: starts the server and sends it one request at a time."""

    _shared: _Server | None = None
    _guard = threading.Lock()

    def __init__(self, modules: Sequence[str] = ()) -> None:
        ours, theirs = socket.socketpair()
        script = Path(__file__).with_name("server.py")
        # A session of its own keeps Ctrl-C from the server; it ends when its socket closes.
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(theirs.fileno()), *modules],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self._socket = ours
        self._stream = ours.makefile("rwb")
        self._one_at_a_time = threading.Lock()
        self._is_ready = False

    @classmethod
    def shared(cls, modules: Sequence[str] = ()) -> _Server:
        """Return the running server of this process, starting one that loads the modules if there is none."""
        with cls._guard:
            if cls._shared is not None and cls._shared.process.poll() is not None:
                cls._shared.stop()
                cls._shared = None
            if cls._shared is None:
                cls._shared = cls(modules)
            return cls._shared

    @classmethod
    def stop_shared(cls) -> None:
        """Stop the server of this process and all its kernels, if there is one."""
        with cls._guard:
            if cls._shared is not None:
                cls._shared.stop()
                cls._shared = None

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._one_at_a_time:
            if not self._is_ready:
                self._read()
                self._is_ready = True
            self._stream.write(json.dumps(request).encode() + b"\n")
            self._stream.flush()
            return self._read()

    def stop(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._stream.close()
        self._socket.close()
        self.process.wait()

    def _read(self) -> dict[str, Any]:
        line = self._stream.readline()
        if not line:
            raise OSError("the process that warm kernels are forked from has ended")
        return json.loads(line)


def start_server(modules: Sequence[str] = ()) -> None:
    """Start loading the libraries, and these modules, now, so that no kernel need wait for them.

    Parameters
    ----------
    modules : sequence of str
        Full names of what every kernel will import; it must not change as long as the server lives.
    """
    _Server.shared(modules)


def stop_server() -> None:
    """Stop the server of this process and all kernels that it forked."""
    _Server.stop_shared()


atexit.register(stop_server)
