"""Serving the pages: Streamlit, told to stay on this machine and to call nobody.

The process is replaced rather than kept as a parent, so signals reach the server and the
memory of whatever was loaded before is given back.
"""

from __future__ import annotations

import errno
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

from app.errors import AppError
from app.settings import Settings

MAIN_PAGE = Path(__file__).with_name("main_page.py")
MAX_UPLOAD_MEGABYTES = 200
# Seconds before a worker that died is replaced; the last one holds for every later time.
_PAUSES = (1, 5, 30, 60)
# What a port is refused for: taken already, or for the superuser alone.
_ABOUT_PORTS = (errno.EADDRINUSE, errno.EACCES)


def flags(host: str, port: int) -> list[str]:
    """Return the Streamlit options; flags win over any config.toml that lies about."""
    options: dict[str, object] = {
        "global.developmentMode": False,
        "server.headless": True,
        "server.address": host,
        "server.port": port,
        "server.fileWatcherType": "none",
        "server.showEmailPrompt": False,
        "server.maxUploadSize": MAX_UPLOAD_MEGABYTES,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "logger.hideWelcomeMessage": True,
        "theme.primaryColor": "#2f6f5e",
    }
    return [f"--{name}={str(value).lower()}" for name, value in options.items()]


def check_port(host: str, port: int) -> None:
    """Raise AppError in one line when the address can't be served on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the server itself does: a port in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        option = "--port" if error.errno in _ABOUT_PORTS else "--host"
        raise AppError(
            f"cannot serve on {host}:{port} ({error.strerror}); choose another {option}"
        ) from error
    except UnicodeError as error:
        raise AppError(f"{host} can be no address; choose another --host") from error


def start_worker(settings: Settings) -> None:
    """Start a worker that ends with this process, also when this one is replaced or killed.

    It reads from a pipe that only this process holds open: the end of that is the sign.
    """
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    log = settings.folder / "logs" / "worker.log"
    command = [sys.executable, "-c", "from app.serving import keep_worker; keep_worker()"]
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            subprocess.Popen(
                command, stdin=reader, stdout=file, stderr=file, env=_environment(settings)
            )
    except OSError as error:
        raise AppError(f"cannot write {log} ({error.strerror}); make it writable") from error
    finally:
        os.close(reader)


def keep_worker() -> None:
    """Run a worker, and another one whenever it dies, until one ends as it should.

    That is when its stdin, which it has from here, ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the server; its end is the sign
    command = [sys.executable, "-c", "from app.cli import main; main()", "worker", "--attached"]
    for pause in itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1])):
        if subprocess.run(command, check=False).returncode == 0:
            return
        time.sleep(pause)


def _environment(settings: Settings) -> dict[str, str]:
    return os.environ | {"TONGWEN_HOME": str(settings.folder)}


def serve(settings: Settings, host: str, port: int) -> NoReturn:
    """Replace this process by the server of the pages, with a worker beside it."""
    start_worker(settings)
    command = [sys.executable, "-m", "streamlit", "run", str(MAIN_PAGE), *flags(host, port)]
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, command, _environment(settings))
