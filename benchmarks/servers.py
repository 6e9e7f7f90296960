"""Real servers on loopback, for tests and experiments: moto, nginx, Ceph's object gateway, a bad line.

``python -m benchmarks.servers ceph DIR`` starts the gateway and prints its address; Ctrl+C ends it.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KEY, SECRET = "test", "testing"


def free_port() -> int:
    """Return a port that is not in use."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def wait_until_open(port: int, what: str, seconds: float = 90) -> None:
    """Wait until a server listens on a port."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < deadline, f"{what} did not start"
        time.sleep(0.05)


@contextlib.contextmanager
def moto() -> Iterator[str]:
    """Run moto's server; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until_open(port, "moto")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@contextlib.contextmanager
def nginx(folder: Path, files: Path) -> Iterator[str]:
    """Serve a folder with nginx; yield its address. Below ``/whole/`` it ignores range requests."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nginx.conf").write_text(
        f"""
daemon off; user root; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
  access_log {folder}/access.log; default_type application/octet-stream; etag on;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port};
    location / {{ root {files}; }}
    location /whole/ {{ alias {files}/; max_ranges 0; }}
    location /secret/ {{ return 403; }}
  }}
}}
"""
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf")]) as server:
        try:
            wait_until_open(port, "nginx")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@contextlib.contextmanager
def ceph(folder: Path) -> Iterator[str]:
    """Run a cluster of one node, in memory, with its object gateway; yield the gateway's address."""
    port = free_port()
    cluster = _Ceph(folder, port)
    try:
        cluster.start()
        yield f"http://127.0.0.1:{port}"
    finally:
        cluster.stop()


class _Ceph:
    """Monitor, one OSD that keeps its objects in memory, manager and gateway, as plain processes."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        for part in ("mon", "osd/0", "mgr/x", "rgw", "run", "log"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        names, monitor = [free_port(), free_port()], self.folder / "monmap"
        address = f"[v2:127.0.0.1:{names[0]},v1:127.0.0.1:{names[1]}]"
        uuids = [Path("/proc/sys/kernel/random/uuid").read_text().strip() for _ in range(2)]
        (self.folder / "ceph.conf").write_text(self._configuration(uuids[0], address))
        keys = str(self.folder / "all.keyring")
        self._call("ceph-authtool", "--create-keyring", keys, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        for who in ("client.admin", "client.rgw", "mgr.x", "osd.0"):
            allowed = [word for part in ("mon", "osd", "mgr", "mds") for word in ("--cap", part, "allow *")]
            self._call("ceph-authtool", keys, "--gen-key", "-n", who, *allowed)
        self._call("monmaptool", "--create", "--fsid", uuids[0], "--addv", "a", address, str(monitor))
        self._call("ceph-mon", "--mkfs", "-i", "a", "--monmap", str(monitor), "--keyring", keys, configured=True)
        self._run("ceph-mon", "-i", "a", "-f")
        self._patiently("ceph", "osd", "new", uuids[1])
        self._patiently("ceph", "auth", "import", "-i", keys)
        self._call("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", uuids[1], "--keyring", keys, configured=True)
        self._run("ceph-osd", "-i", "0", "-f")
        self._run("ceph-mgr", "-i", "x", "-f")
        self._run("radosgw", "-n", "client.rgw", f"--rgw_data={self.folder}/rgw", "-f")
        user = ("--uid=test", "--display-name=test", f"--access-key={KEY}", f"--secret={SECRET}")
        self._patiently("radosgw-admin", "user", "create", *user)
        wait_until_open(self.port, "the gateway")

    def stop(self) -> None:
        for process in reversed(self._running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _configuration(self, fsid: str, address: str) -> str:
        return f"""
[global]
fsid = {fsid}
keyring = {self.folder}/all.keyring
mon_host = {address}
public_network = 127.0.0.0/8
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_crush_chooseleaf_type = 0
osd_pool_default_pg_num = 4
osd_objectstore = memstore
memstore_device_bytes = 2147483648
mon_data = {self.folder}/mon
osd_data = {self.folder}/osd/0
mgr_data = {self.folder}/mgr/x
run_dir = {self.folder}/run
log_file = {self.folder}/log/$name.log
admin_socket = {self.folder}/run/$name.asok
pid_file = {self.folder}/run/$name.pid
rgw_frontends = beast endpoint=127.0.0.1:{self.port} tcp_nodelay=1
"""

    def _command(self, program: str, *words: str) -> list[str]:
        return [program, "-c", str(self.folder / "ceph.conf"), *words]

    def _call(self, program: str, *words: str, configured: bool = False) -> None:
        command = self._command(program, *words) if configured else [program, *words]
        subprocess.run(command, check=True, capture_output=True)

    def _patiently(self, program: str, *words: str) -> None:
        """Call until it succeeds: the cluster may still be starting."""
        deadline = time.monotonic() + 120
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                done = subprocess.run(self._command(program, *words), capture_output=True, timeout=60)
                if done.returncode == 0:
                    return
            assert time.monotonic() < deadline, f"{program} {words[0]} does not succeed"
            time.sleep(0.1)

    def _run(self, program: str, *words: str) -> None:
        log = open(self.folder / "log" / "out", "ab")  # noqa: SIM115 - the process keeps it
        self._running.append(
            subprocess.Popen(self._command(program, *words), stdout=log, stderr=log, start_new_session=True)
        )
        log.close()


class BadLine:
    """A proxy that forwards requests, counts them, and corrupts answers if asked to.

    Attributes
    ----------
    delay
        Seconds that each request waits.
    trouble
        The share of the answers, 0 to 1, that are dropped, truncated, refused or changed.
    refuse_conditions
        Answer 501 to conditional writes.
    requests
        Method and path of each request.
    """

    def __init__(self, target: str, seed: int = 0) -> None:
        host, _, port = target.removeprefix("http://").partition(":")
        self._target = host, int(port)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.delay = self.trouble = 0.0
        self.refuse_conditions = False
        self.requests: list[tuple[str, str]] = []
        self._chance = random.Random(seed)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), client, socket.create_connection(self._target) as server:
            for connection in (client, server):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            incoming, answers = client.makefile("rb"), server.makefile("rb")
            while head := _head(incoming):
                method, path = head.split(b" ", 2)[:2]
                self.requests.append((method.decode(), path.decode()))
                if b"100-continue" in head.lower():
                    client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                    head = b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(b"expect"))
                body = _body(incoming, head)
                if self.delay:
                    time.sleep(self.delay)
                if self.refuse_conditions and b"if-none-match" in head.lower():
                    client.sendall(_NOT_IMPLEMENTED)
                    continue
                server.sendall(head + body)
                answer = _head(answers)
                content = b"" if method == b"HEAD" else _body(answers, answer)
                if self._chance.random() < self.trouble:
                    self._corrupt(client, answer, content)
                    return
                client.sendall(answer + content)

    def _corrupt(self, client: socket.socket, head: bytes, body: bytes) -> None:
        """Send an answer as a bad line does; the connection is closed after it."""
        damage = self._chance.randrange(5)
        if damage == 0:
            return  # nothing at all
        if damage == 1:
            client.sendall((head + body)[: self._chance.randrange(len(head + body) + 1)])
        elif damage == 2:
            client.sendall(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        elif damage == 3 and body:
            corrupted = bytearray(body)
            corrupted[self._chance.randrange(len(corrupted))] ^= 1 << self._chance.randrange(8)
            client.sendall(head + bytes(corrupted))
        else:
            client.sendall(head + body[::-1])  # everything, in another order


_NOT_IMPLEMENTED = (
    b"HTTP/1.1 501 Not Implemented\r\nContent-Type: application/xml\r\nContent-Length: 92\r\n\r\n"
    b"<?xml version='1.0'?><Error><Code>NotImplemented</Code><Message>not known</Message></Error>  "
)[:-1]


def _head(stream: Any) -> bytes:
    """Read lines up to an empty one."""
    lines = b""
    while line := stream.readline():
        lines += line
        if line in (b"\r\n", b"\n"):
            break
    return lines


def _body(stream: Any, head: bytes) -> bytes:
    """Read the body that a head announces."""
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        body = b""
        while True:
            line = stream.readline()
            size = int(line.split(b";")[0], 16)
            body += line + stream.read(size + 2)
            if not size:
                return body
    return bytes(stream.read(int(fields.get(b"content-length", b"0"))))


def resource(address: str, **options: Any) -> Any:
    """Return a boto3 resource for a server."""
    import boto3
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, max_pool_connections=32)
    names = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "region_name": "us-east-1", **options}
    return boto3.Session().resource("s3", endpoint_url=address, config=config, **names)


if __name__ == "__main__":
    with ceph(Path(sys.argv[2]).absolute()) as started:
        print(started, f"access key {KEY}, secret {SECRET}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
