"""Warm kernels behave as ordinary ones do, and none is left behind."""

import asyncio
import os
import queue
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from ctresearch import kernels
from ctresearch.engine import execute_section
from ctresearch.kernels import provisioner
from ctresearch.plan import Section

pytestmark = [pytest.mark.notebooks, pytest.mark.skipif(not kernels.can_fork(), reason="this system cannot fork")]

CELLS = (
    "import os, sys\nos.getcwd()",
    "[entry for entry in sys.path if 'ctresearch/kernels' in entry], sys.path[0]",
    "import matplotlib, matplotlib.pyplot as plt\nmatplotlib.get_backend()",
    "plt.plot([1, 2], [3, 4]);",
    "import seaborn, pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "os.environ.get('CT_PROBE'), os.environ.get('MPLBACKEND')",
    "print('to standard output')",
    "print('to standard error', file=sys.stderr)",
    "get_ipython().__class__.__name__, __name__",
    "import random, numpy\nrandom.seed(1); numpy.random.seed(1)\nrandom.random(), numpy.random.rand()",
    "os.chdir('..')\nos.path.basename(os.getcwd()) != ''",
)


def write(folder: Path, *cells: str, name: str = "probe") -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(cells)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, folder / f"{name}.ipynb")


def execute(folder: Path, *, is_warm: bool, timeout: int | None = None):
    return execute_section(Section("probe", "Probe", "probe"), str(folder), timeout=timeout, is_warm=is_warm)


@pytest.fixture(autouse=True)
def no_server_left():
    yield
    kernels.stop_server()


def children_of(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], check=False, capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]


def wait_until_gone(pids: list[int]) -> list[int]:
    deadline = time.monotonic() + 15
    while (alive := [pid for pid in pids if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return alive


def test_outputs_are_those_of_an_ordinary_kernel_cell_by_cell(tmp_path, monkeypatch):
    monkeypatch.setenv("CT_PROBE", "seen")
    write(tmp_path, *CELLS)
    warm, cold = execute(tmp_path, is_warm=True), execute(tmp_path, is_warm=False)
    assert (warm.error, cold.error) == ("", "")
    pairs = zip(nbformat.reads(warm.notebook, 4).cells, nbformat.reads(cold.notebook, 4).cells, strict=True)
    for forked, ordinary in pairs:
        assert forked.outputs == ordinary.outputs, forked.source
    figures = [
        output
        for cell in nbformat.reads(warm.notebook, 4).cells
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert len(figures) == 1


def test_random_state_differs_between_kernels(tmp_path):
    write(tmp_path, "import random, numpy\nrandom.random(), numpy.random.rand()")
    first, second = execute(tmp_path, is_warm=True), execute(tmp_path, is_warm=True)
    assert first.notebook != second.notebook


def test_library_of_ours_is_not_loaded_before_the_notebook_asks_for_it(tmp_path):
    # What every kernel asks for, to give back memory, loads nothing else of ours.
    is_other = "name.startswith('ctresearch.') and name != 'ctresearch.footprint'"
    write(tmp_path, f"import sys\n[name for name in sys.modules if {is_other}]")
    executed = nbformat.reads(execute(tmp_path, is_warm=True).notebook, 4)
    assert executed.cells[0].outputs[0]["data"]["text/plain"] == "[]"


def test_search_for_garbage_leaves_out_what_was_loaded_and_the_kernel_itself(tmp_path):
    write(tmp_path, "import gc\n'IPKernelApp' in {type(thing).__name__ for thing in gc.get_objects()}")
    executed = nbformat.reads(execute(tmp_path, is_warm=True).notebook, 4)
    assert executed.cells[0].outputs[0]["data"]["text/plain"] == "False"


def test_kernel_that_dies_or_is_too_slow_is_an_error_and_leaves_no_process(tmp_path):
    write(tmp_path, "import os\nos._exit(3)")
    assert "DeadKernelError" in execute(tmp_path, is_warm=True).error
    write(tmp_path, "import time\ntime.sleep(60)")
    assert "CellTimeoutError" in execute(tmp_path, is_warm=True, timeout=1).error
    server = provisioner._Server.shared().process.pid
    assert wait_until_gone(children_of(server)) == []


def test_stopping_the_server_kills_a_kernel_at_work(tmp_path):
    server = provisioner._Server.shared()
    server.ask({"launch": {"argv": ["ipykernel_launcher"], "env": dict(os.environ), "cwd": str(tmp_path)}})
    running = children_of(server.process.pid)
    assert len(running) == 1
    kernels.stop_server()
    assert wait_until_gone([*running, server.process.pid]) == []


def test_killing_the_parent_leaves_no_process(tmp_path):
    write(tmp_path, "import time\ntime.sleep(60)")
    script = (
        "import sys; from ctresearch.engine import execute_section; from ctresearch.plan import Section\n"
        "execute_section(Section('probe', 'Probe', 'probe'), sys.argv[1], timeout=None, is_warm=True)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], start_new_session=True)
    deadline = time.monotonic() + 30
    family: list[int] = []
    while len(family) < 2 and time.monotonic() < deadline:
        servers = children_of(parent.pid)
        family = [*servers, *(pid for server in servers for pid in children_of(server))]
        time.sleep(0.1)
    assert len(family) >= 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert wait_until_gone(family) == []


def test_server_that_is_killed_is_an_error_of_its_kernels_and_started_anew(tmp_path):
    write(tmp_path, "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time; time.sleep(30)")
    assert "DeadKernelError" in execute(tmp_path, is_warm=True).error
    write(tmp_path, "1 + 1")
    assert execute(tmp_path, is_warm=True).error == ""


def test_other_kernels_are_launched_as_usual(tmp_path):
    write(tmp_path, "1 + 1")
    manager = kernels.WarmKernelManager(kernel_name="python3")
    assert manager.kernel_spec.metadata["kernel_provisioner"] == {"provisioner_name": provisioner.PROVISIONER}
    warm = provisioner.WarmProvisioner(kernel_id="x", kernel_spec=manager.kernel_spec, parent=manager)

    async def launch():
        await warm.launch_kernel([sys.executable, "-c", "pass"], env=dict(os.environ))
        return await warm.wait()

    assert asyncio.run(launch()) == 0


def test_nothing_is_waited_for_once_a_kernel_is_ready_or_killed():
    async def start_and_kill():
        manager = kernels.WarmKernelManager(kernel_name="python3")
        await manager.start_kernel()
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        start = time.monotonic()
        with pytest.raises(queue.Empty):
            await client.iopub_channel.get_msg(timeout=30)
        waited = time.monotonic() - start
        client.stop_channels()
        await manager.provisioner.kill()
        code = manager.provisioner.process.returncode
        await manager.shutdown_kernel(now=True)
        return waited, code

    waited, code = asyncio.run(start_and_kill())
    assert waited < 10
    assert code == -signal.SIGKILL


def test_loading_what_a_kernel_needs_says_nothing(capfd, tmp_path):
    write(tmp_path, "import sys\nassert 'ipykernel.debugger' in sys.modules")
    assert execute(tmp_path, is_warm=True).error == ""
    kernels.stop_server()
    assert capfd.readouterr() == ("", "")


def test_server_that_is_stopped_before_it_is_ready_says_nothing(capfd):
    kernels.start_server()
    kernels.stop_server()
    assert capfd.readouterr() == ("", "")


def test_modules_that_every_kernel_imports_are_loaded_before_it_is_forked_and_a_broken_one_is_not(tmp_path):
    kernels.stop_server()
    kernels.start_server(["no_such_module", "wave"])
    write(tmp_path, "import sys\nassert 'wave' in sys.modules\nassert 'sndhdr' not in sys.modules")
    try:
        assert execute(tmp_path, is_warm=True).error == ""
    finally:
        kernels.stop_server()


def test_server_whose_parent_has_gone_loads_nothing_more():
    ours, theirs = socket.socketpair()
    ours.close()
    script = f"import sys; from ctresearch.kernels import server; sys.argv = ['', '{theirs.fileno()}']; server.main()"
    listed = "; print(sorted({'numpy', 'scipy', 'seaborn'} & set(sys.modules)))"
    with theirs:
        fds = [theirs.fileno()]
        run = subprocess.run(
            [sys.executable, "-c", script + listed], pass_fds=fds, check=True, capture_output=True, text=True
        )
    assert run.stdout == "[]\n"
