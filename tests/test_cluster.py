"""The same run on a Dask cluster: a real scheduler and two workers, one of them killed midway."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from ctresearch import batch

pytestmark = pytest.mark.notebooks


def start(*arguments, folder):
    command = [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL, start_new_session=True)


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and two workers on the loopback; yield the address and the workers."""
    file = tmp_path / "scheduler.json"
    host = ("--host", "127.0.0.1")
    scheduler = start(
        "dask_scheduler", *host, "--port", "0", "--no-dashboard", "--scheduler-file", str(file), folder=tmp_path
    )
    deadline = time.monotonic() + 60
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    options = ("--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", "--no-dashboard")
    workers = [start("dask_worker", *host, *options, folder=tmp_path) for _ in range(2)]
    yield json.loads(file.read_text(encoding="utf-8"))["address"], workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def read_pages(folder):
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "manifest.json"]
    return {file.relative_to(folder): file.read_bytes() for file in files}


def test_cluster_makes_the_same_report_though_a_worker_is_killed(cluster, small_notebooks, tmp_path):
    address, workers = cluster
    asked = {"notebooks": small_notebooks, "jurisdictions": ("ALB", "MNE", "XKX")}
    local = batch.run_study(out=tmp_path / "local", **asked)
    killed = []

    def kill_one(event, section):
        if event == "finished" and not killed:
            killed.append(section.name)
            os.kill(workers[0].pid, signal.SIGKILL)

    options = batch.Options(scheduler=address)
    spread = batch.run_study(out=tmp_path / "spread", **asked, options=options, on_event=kill_one)
    assert killed
    assert spread.failed == ()
    assert read_pages(spread.folder) == read_pages(local.folder)
