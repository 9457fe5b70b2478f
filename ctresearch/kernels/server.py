"""The process that kernels are forked from; run as a script with the number of a connected socket and more modules.

By itself it loads third-party libraries only: this package may be edited while it lives. Messages are JSON, one a
line: `{"launch": {"argv": [...], "env": {...}, "cwd": "..."}}` answers `{"pid": n}`; `{"poll": pid}` answers
`{"code": n}`, or null while the kernel lives. When the other end closes, all kernels are killed.
"""

import contextlib
import gc
import importlib
import json
import os
import random
import signal
import socket
import sys
import traceback

PRELOAD = (
    "pandas",
    "numpy",
    "scipy.stats",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "seaborn",
    "statsmodels.genmod.generalized_linear_model",
    "statsmodels.stats.meta_analysis",
    "statsmodels.stats.proportion",
    "krippendorff",
    "threadpoolctl",
    "tomllib",
    "IPython.core.interactiveshell",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
)


def serve(connection: socket.socket) -> None:
    """Answer requests until the other end closes."""
    ended: dict[int, int] = {}
    running: set[int] = set()
    try:
        _answer(connection, running, ended)
    except ConnectionError:
        # The other end may close at any time, even before the libraries are loaded.
        pass
    finally:
        _reap(running, ended)
        for pid in running:
            os.killpg(pid, signal.SIGKILL)


def _answer(connection: socket.socket, running: set[int], ended: dict[int, int]) -> None:
    with connection.makefile("rwb") as stream:
        stream.write(b'{"ready": true}\n')
        stream.flush()
        for line in stream:
            request = json.loads(line)
            _reap(running, ended)
            if "launch" in request:
                pid = _fork(request["launch"], connection)
                running.add(pid)
                answer = {"pid": pid}
            else:
                answer = {"code": ended.get(request["poll"])}
            stream.write(json.dumps(answer).encode() + b"\n")
            stream.flush()


def _reap(running: set[int], ended: dict[int, int]) -> None:
    for pid in list(running):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            running.discard(pid)
            ended[pid] = os.waitstatus_to_exitcode(status)


def _fork(launch: dict, connection: socket.socket) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        # Also here: a signal to the group must not come before the kernel has made its own.
        _make_group(pid)
        return pid
    code = 1
    try:
        _make_group(0)
        connection.close()
        code = _become_kernel(launch, parent)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _make_group(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.setpgid(pid, 0)


def _become_kernel(launch: dict, parent: int) -> int:
    import matplotlib
    import numpy

    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(launch["cwd"])
    os.environ.clear()
    os.environ.update(launch["env"])
    os.environ["JPY_PARENT_PID"] = str(parent)
    sys.argv = launch["argv"]
    random.seed()
    numpy.random.seed(None)

    from ipykernel.kernelapp import IPKernelApp

    kernel = IPKernelApp.instance()
    kernel.initialize(launch["argv"][1:])
    # The inline backend binds to the shell when it is loaded, so it must be loaded by the first figure and not
    # before; otherwise figures are lost in silence.
    matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    # The kernel itself is no garbage either.
    gc.freeze()
    kernel.start()
    return 0


def main() -> None:
    """Load the libraries, then serve."""
    sys.path.pop(0)
    os.environ["MPLBACKEND"] = "agg"
    # Else the debugger that ipykernel loads complains of how Python was started.
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    # Kernels read it once, when ipykernel is imported: they watch this process and end with it.
    os.environ["JPY_PARENT_PID"] = str(os.getpid())
    connection = socket.socket(fileno=int(sys.argv[1]))
    # Next to nothing of what is loaded can be collected: looking for it would take a tenth of the time.
    gc.disable()
    for name in (*PRELOAD, *sys.argv[2:]):
        if _is_closed(connection):
            return
        # What is broken is said by the cell that imports it.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.freeze()
    gc.enable()
    serve(connection)


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other end has gone, so that nobody waits for the libraries any more."""
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        connection.setblocking(True)


if __name__ == "__main__":
    main()
