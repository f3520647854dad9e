"""`liaison serve`: the desk, the worker and the clock in one process."""

import socket
import sys
import threading

from agents.parts import Parts
from tools.errors import SettingsError


def serve(parts: Parts, *, host: str, port: int) -> int:
    """Listen on host:port until interrupted; the worker, the clock and the webhooks run in threads beside the page and stop with it."""
    import uvicorn

    from agents.schedule import ring_until, work_until
    from agents.tell import tell_until
    from approvals.identity import first_admin_link
    from approvals.web.app import create_app

    address = f"http://{host}:{port}"
    listener = _listen(host, port)
    stop = threading.Event()
    threads = [
        threading.Thread(target=work_until, args=(parts, stop), name="worker"),
        threading.Thread(target=ring_until, args=(parts, stop), name="clock"),
        threading.Thread(target=tell_until, args=(parts, stop), name="webhooks"),
    ]
    print(f"The desk is at {address} (Ctrl-C stops it).", file=sys.stderr)  # noqa: T201 - messages go to stderr
    if link := first_admin_link(parts.workspace, address, again=True):
        print(f"First sign-in, works once: {link}", file=sys.stderr)  # noqa: T201
    app = create_app(parts.workspace)  # it believes the proxies the settings name; uvicorn by itself would believe anybody on this machine
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False, proxy_headers=False))
    for thread in threads:
        thread.start()
    try:
        server.run(sockets=[listener])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        listener.close()
    return 0 if server.started else 1


def _listen(host: str, port: int) -> socket.socket:
    """The listening socket, bound before anything is said or started. Raises SettingsError when the address is taken or not ours."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise SettingsError(f"cannot listen on {host}:{port} ({error.strerror}): stop what uses it, or name another with --port") from None
