# SPDX-License-Identifier: MIT
"""What the tests of imapsyncctl auth stand on: an HTTPS server that answers as
the test says, TLS in front of another one, and a browser that is a script."""
import http.client
import http.server
import re
import select
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

import support


def server_context(tls):
    """tls: the directory that tests/servers/mkcerts made."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls + '/server.pem', tls + '/server.key')
    return context


class Front:
    """TLS on a port of its own before a server that speaks plain HTTP."""

    def __init__(self, tls, upstream):
        self.upstream, self.context = upstream, server_context(tls)
        self.socket = socket.create_server(('127.0.0.1', 0), backlog=32)
        self.port = self.socket.getsockname()[1]
        self.url = 'https://localhost:%d' % self.port
        self.count = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.socket.close()

    def _accept(self):
        while True:
            try:
                raw, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,),
                             daemon=True).start()

    def _serve(self, raw):
        try:
            with self.context.wrap_socket(raw, server_side=True) as near, \
                    socket.create_connection(
                        ('127.0.0.1', self.upstream)) as far:
                self.count += 1
                while True:
                    ready = [near] if near.pending() else \
                        select.select([near, far], [], [], 30)[0]
                    if not ready:
                        return
                    for s in ready:
                        data = s.recv(65536)
                        if not data:
                            return
                        (far if s is near else near).sendall(data)
        except OSError:
            pass


class Scripted:
    """An HTTPS server: answers[path] is a function of the handler."""

    def __init__(self, tls, secure=True, port=0):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_):
                pass

            def do_GET(self):
                size = int(self.headers.get('Content-Length') or 0)
                self.fields = dict(urllib.parse.parse_qsl(
                    self.rfile.read(size).decode()))
                path = urllib.parse.urlsplit(self.path).path
                outer.seen.append((path, self.fields))
                self.close_connection = True
                try:
                    outer.answers[path](self)
                except OSError:
                    pass

            do_POST = do_GET

            def say(self, status, body, **headers):
                if isinstance(body, str):
                    body = body.encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace('_', '-'), value)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.answers, self.seen = {}, []
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', port),
                                                      Handler)
        if secure:
            self.server.socket = server_context(tls).wrap_socket(
                self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = 'http%s://localhost:%d' % ('s' if secure else '',
                                              self.port)
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def get(url, ca=None, host=None, data=None):
    """(status, headers, body) of one request; redirects are not followed."""
    u = urllib.parse.urlsplit(url)
    if u.scheme == 'https':
        connection = http.client.HTTPSConnection(
            u.hostname, u.port, timeout=20,
            context=ssl.create_default_context(cafile=ca))
    else:
        connection = http.client.HTTPConnection(u.hostname, u.port,
                                                timeout=20)
    path = (u.path or '/') + ('?' + u.query if u.query else '')
    connection.request('POST' if data else 'GET', path, body=data,
                       headers={'Host': host} if host else {})
    answer = connection.getresponse()
    found = answer.status, answer.headers, answer.read().decode()
    connection.close()
    return found


class Command:
    """imapsyncctl, its output read while it runs."""

    def __init__(self, home, *args, stdin=subprocess.DEVNULL):
        self.process = subprocess.Popen(
            [support.CONTROL, '-c', home.ini, *args], cwd=home.home,
            env=home.environment(), stdin=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.out = ''

    def until(self, pattern):
        """Reads up to a line that matches; the match."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            line = self.process.stdout.readline()
            if not line:
                break
            self.out += line
            found = re.search(pattern, line)
            if found:
                return found
        raise AssertionError('no %r in\n%s' % (pattern, self.out))

    def question(self):
        """The address that a person is to open."""
        return self.until(r'^  (https?://\S+\?\S+)$')[1]

    def end(self, typed=None):
        if typed is not None:
            self.process.stdin.write(typed)
            self.process.stdin.close()
        # Not communicate(): a line may have been read ahead.
        err = []
        reader = threading.Thread(
            target=lambda: err.append(self.process.stderr.read()))
        reader.start()
        self.out += self.process.stdout.read()
        reader.join()
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.process.stderr.close()
        return support.Result(status, self.out, err[0])
