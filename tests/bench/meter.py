# SPDX-License-Identifier: MIT
"""A relay that counts: connections, commands, bytes each way, round trips."""
import os
import re
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'e2e'))
from servers import Proxy       # noqa: E402

CHUNK = 65536
COMMAND = re.compile(rb'[A-Za-z0-9.]+ [A-Za-z]')


class Line:
    """One connection. What the client sends may depend on all that it had
    received; what the server sends only on what was sent a round trip before.
    The longest such chain is how many round trips the work takes."""

    def __init__(self, rtt):
        self.rtt = rtt
        self.up = self.down = self.commands = 0
        self.trips = 0          # the deepest answer received so far
        self.sent = []          # (time, depth) of what the client sent
        self.tail = b''
        self.lock = threading.Lock()

    def upward(self, data):
        with self.lock:
            self.up += len(data)
            self.sent.append((time.monotonic(), self.trips + 1))
            lines = (self.tail + data).split(b'\r\n')
            self.tail = lines.pop()
            self.commands += sum(bool(COMMAND.match(x)) for x in lines)

    def downward(self, data):
        with self.lock:
            self.down += len(data)
            # A little early, for the timer's granularity.
            latest = time.monotonic() - 0.95 * self.rtt
            while self.sent and self.sent[0][0] <= latest:
                self.trips = max(self.trips, self.sent.pop(0)[1])


class Meter:
    """Between a client and a port of a server, with a round-trip time of rtt
    milliseconds. Use: with Meter(port, 50) as m: ... m.port ... m.totals()"""

    def __init__(self, upstream, rtt):
        self.rtt = rtt / 1000
        self.proxy = Proxy(upstream, '--rtt', str(rtt))
        self.lines = []

    def __enter__(self):
        self.proxy.__enter__()
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.proxy.__exit__()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
                server = socket.create_connection(('127.0.0.1',
                                                   self.proxy.port))
            except OSError:
                return
            line = Line(self.rtt)
            self.lines.append(line)
            for a, b, count in ((client, server, line.upward),
                                (server, client, line.downward)):
                a.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._relay, args=(a, b, count),
                                 daemon=True).start()

    @staticmethod
    def _relay(source, sink, count):
        try:
            while data := source.recv(CHUNK):
                count(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def totals(self):
        """Of all connections since the last call, as a dictionary."""
        lines, self.lines = self.lines, []
        return {'conns': len(lines),
                'commands': sum(x.commands for x in lines),
                'trips': max((x.trips for x in lines), default=0),
                'up': sum(x.up for x in lines),
                'down': sum(x.down for x in lines)}
