"""Runs a server of S3 on a free port of loopback: server.py swift|moto FOLDER; FOLDER/address appears when it is ready."""

import os
import sys
import urllib.request

BUCKET = "busker-test"


def ready(folder, port, key, secret):
    """Tells where the server is and how to sign for it."""
    with open(f"{folder}/address.new", "w") as file:
        file.write(f"http://127.0.0.1:{port},{BUCKET},{key},{secret}\n")
    os.rename(f"{folder}/address.new", f"{folder}/address")


class Memory:
    """What Swift asks of memcached, for one process."""

    def __init__(self):
        self.store = {}

    def get(self, key, raise_on_error=False):
        return self.store.get(key)

    def set(self, key, value, serialize=True, time=0, raise_on_error=False, min_compress_len=0):
        self.store[key] = value

    def incr(self, key, delta=1, time=0):
        self.store[key] = max(0, self.store.get(key, 0) + delta)
        return self.store[key]

    def decr(self, key, delta=1, time=0):
        return self.incr(key, -delta)

    def delete(self, key, server_key=None):
        self.store.pop(key, None)


SWIFT_CONF = """
[swift-hash]
swift_hash_path_suffix = busker
[swift-constraints]
max_object_name_length = 2048
[storage-policy:0]
name = one
default = yes
"""

PROXY_CONF = """
[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats bulk s3api tempauth copy slo dlo versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
max_upload_part_num = 10000
[filter:tempauth]
use = egg:swift#tempauth
user_busker_tester = {secret} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
"""


def swift(folder):
    """OpenStack Swift with its S3 door, which checks signatures: the proxy and what it needs behind it, without fsync."""
    import socket

    import eventlet
    import eventlet.wsgi

    eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)
    os.fsync = os.fdatasync = lambda handle: None
    device = f"{folder}/devices/one"
    os.makedirs(f"{device}/tmp")
    secret = os.urandom(18).hex()
    for name, text in (("swift.conf", SWIFT_CONF), ("proxy-server.conf", PROXY_CONF)):
        with open(f"{folder}/{name}", "w") as file:
            file.write(text.format(folder=folder, secret=secret))
    os.environ["SWIFT_DIR"] = folder

    from swift.common import constraints, storage_policy
    from swift.common.http_protocol import SwiftHttpProtocol
    from swift.common.ring import RingData
    from swift.common.utils import NullLogger, set_swift_dir
    from swift.common.wsgi import loadapp

    set_swift_dir(folder)
    constraints.reload_constraints()
    storage_policy.reload_storage_policies()
    from swift.account import server as account_server
    from swift.container import server as container_server
    from swift.obj import server as object_server

    settings = {
        "devices": f"{folder}/devices", "swift_dir": folder, "mount_check": "false", "disable_fallocate": "true",
        "container_update_timeout": "10", "log_level": "CRITICAL", "client_timeout": "30",
    }
    sockets = {}
    for kind in ("account", "container", "object"):
        sockets[kind] = eventlet.listen(("127.0.0.1", 0), backlog=512)
        place = {"id": 0, "region": 1, "zone": 0, "device": "one", "ip": "127.0.0.1"}
        place["port"] = sockets[kind].getsockname()[1]
        RingData([[0, 0, 0, 0]], [place], 30).save(f"{folder}/{kind}.ring.gz")

    def serve(listening, app):
        eventlet.wsgi.server(listening, app, NullLogger(), protocol=SwiftHttpProtocol, max_size=512)

    door = eventlet.listen(("127.0.0.1", 0), backlog=512)
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    parent = os.getpid()
    if os.fork() == 0:
        eventlet.hubs.use_hub()
        door.close()
        servers = [
            (sockets["account"], account_server.AccountController(settings)),
            (sockets["container"], container_server.ContainerController(settings)),
            (sockets["object"], object_server.ObjectController(settings)),
        ]
        for listening, app in servers:
            eventlet.spawn(serve, listening, app)
        while os.getppid() == parent:
            eventlet.sleep(1)
        os._exit(0)
    for listening in sockets.values():
        listening.close()
    proxy = loadapp(f"{folder}/proxy-server.conf", global_conf={"log_level": "CRITICAL"})
    memory = Memory()

    def app(environ, start_response):
        environ["swift.cache"] = memory
        return proxy(environ, start_response)

    serving = eventlet.spawn(serve, door, app)
    port = door.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    asking = urllib.request.Request(
        f"{address}/auth/v1.0", headers={"X-Auth-User": "busker:tester", "X-Auth-Key": secret}
    )
    token = urllib.request.urlopen(asking, timeout=30).headers["X-Auth-Token"]
    making = urllib.request.Request(
        f"{address}/v1/AUTH_busker/{BUCKET}", method="PUT", data=b"", headers={"X-Auth-Token": token}
    )
    urllib.request.urlopen(making, timeout=30)
    ready(folder, port, "busker:tester", secret)
    serving.wait()


def moto(folder):
    """Moto, which checks no signature but knows more of S3."""
    import threading

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, *_):
            pass

    server = make_server(
        "127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, request_handler=Handler
    )
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    making = urllib.request.Request(f"http://127.0.0.1:{server.port}/{BUCKET}", method="PUT", data=b"")
    urllib.request.urlopen(making, timeout=30)
    ready(folder, server.port, "moto", "moto")
    serving.join()


if __name__ == "__main__":
    {"swift": swift, "moto": moto}[sys.argv[1]](os.path.abspath(sys.argv[2]))
