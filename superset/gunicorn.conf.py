"""How Superset is served: by one small process, at SUPERSET_BIND (host:port). Names are Gunicorn's settings.

One worker unless SUPERSET_WORKERS says more, since Superset takes 350 MB in each and a memory of its own (the rate
limits) per process. Its threads spend their time waiting for ClickHouse and PostgreSQL; a browser asks for six charts
at once, and quick questions of one viewer need not wait for slow ones of others.
"""

import os
import sys

bind = os.environ.get("SUPERSET_BIND", "127.0.0.1:8088")
workers = int(os.environ.get("SUPERSET_WORKERS", "1"))
worker_class = "gthread"
threads = 16
# Longer than a dashboard's refresh interval, so that a watching browser keeps its connections.
keepalive = 30
# Longer than SUPERSET_WEBSERVER_TIMEOUT: a slow query is ended by its own limit, with an error that says so.
timeout = 90
graceful_timeout = 10
# The worker's heartbeat is a file that it touches each second: in memory where the system has such a folder.
worker_tmp_dir = "/dev/shm" if sys.platform == "linux" else None  # noqa: S108
# Nobody manages workers at run time; the socket would lie in the user's home and be one more thread.
control_socket_disable = True
# The parent only supervises: loading Superset in it as well would cost its memory twice.
preload_app = False
wsgi_app = "superset.app:create_app()"
