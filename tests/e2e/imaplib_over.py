# SPDX-License-Identifier: MIT
"""Python's imaplib with libimap4 in place of its own protocol code: no more than
what makes one of the other. The library is the one that LIBIMAP4 names.

Run as a program it takes the path of CPython's test_imaplib.py, runs it with
this module as imaplib, and prints {test: [outcome, why]} as JSON."""
import calendar
import ctypes as C
import datetime
import errno
import json
import os
import re
import ssl
import sys
import tempfile
import time
import types

lib = C.CDLL(os.environ['LIBIMAP4'])

IMAP4_PORT, IMAP4_SSL_PORT = 143, 993
_MAXLINE = 1000000
# The results that a constructor raises as what the socket module raises.
TLS, REFUSED, TIMED_OUT = -7, -17, -18
ESTATE, ELIMIT = -3, -5
CLASS_NONE, CLASS_ERROR, CLASS_ABORT, CLASS_READONLY = range(4)
STATES = 'LOGOUT', 'NONAUTH', 'AUTH', 'SELECTED', 'LOGOUT'
# The certificate to trust where a caller gives no context: imaplib then trusts
# any, and the library none that it cannot check.
PIN = os.environ.get('IMAP4_PIN')


class Str(C.Structure):
    _fields_ = [('p', C.c_void_p), ('len', C.c_size_t)]

    def bytes(self):
        return C.string_at(self.p, self.len)


class Item(C.Structure):
    _fields_ = [('name', C.c_char_p), ('text', Str), ('literal', Str)]


class Data(C.Structure):
    _fields_ = [('n', C.c_size_t), ('item', C.POINTER(Item))]


class Limits(C.Structure):
    _fields_ = [('size', C.c_size_t), ('max_response', C.c_size_t),
                ('max_body', C.c_uint64), ('max_nesting', C.c_uint),
                ('max_pending', C.c_size_t)]


class Options(C.Structure):
    _fields_ = [('size', C.c_size_t), ('tls', C.c_void_p),
                ('timeout_ms', C.c_int64), ('clear_password', C.c_bool),
                ('max_data', C.c_size_t), ('limits', C.POINTER(Limits)),
                ('debug', C.c_int), ('log', C.c_void_p),
                ('log_ctx', C.c_void_p), ('idle_renew_ms', C.c_int64)]


class TlsOptions(C.Structure):
    _fields_ = [('size', C.c_size_t), ('ca_file', C.c_char_p),
                ('pins', C.POINTER(C.c_char_p)), ('npins', C.c_size_t),
                ('cert_file', C.c_char_p), ('key_file', C.c_char_p)]


class Tm(C.Structure):
    _fields_ = [(name, C.c_int) for name in
                ('sec', 'min', 'hour', 'mday', 'mon', 'year', 'wday', 'yday',
                 'isdst')] + [('gmtoff', C.c_long), ('zone', C.c_char_p)]


STEP = C.CFUNCTYPE(C.c_int, C.c_void_p, Str, C.POINTER(Str))


def declare(name, result, *arguments):
    fn = getattr(lib, name)
    fn.restype, fn.argtypes = result, arguments
    return fn


for name in 'open', 'open_tls':
    declare('imap4_client_' + name, C.c_void_p, C.c_char_p, C.c_uint16,
            C.POINTER(Options))
declare('imap4_client_open_stream', C.c_void_p, C.c_char_p, C.POINTER(Options))
for name in 'error', 'type', 'protocol', 'welcome':
    declare('imap4_client_' + name, C.c_char_p, C.c_void_p)
for name in 'class', 'state', 'fd':
    declare('imap4_client_' + name, C.c_int, C.c_void_p)
declare('imap4_client_is_readonly', C.c_bool, C.c_void_p)
declare('imap4_client_data', C.POINTER(Data), C.c_void_p)
declare('imap4_client_engine', C.c_void_p, C.c_void_p)
declare('imap4_client_raw_names', None, C.c_void_p, C.c_bool)
declare('imap4_client_free', None, C.c_void_p)
declare('imap4_engine_capabilities', C.c_char_p, C.c_void_p)
declare('imap4_engine_enabled', C.c_bool, C.c_void_p, C.c_char_p)
declare('imap4_tls_new', C.c_void_p, C.POINTER(TlsOptions), C.c_char_p,
        C.c_size_t)
declare('imap4_tls_free', None, C.c_void_p)
declare('imap4_int2ap', None, C.c_uint64, C.c_char_p)
declare('imap4_internaldate2tuple', C.c_int, C.c_char_p, C.POINTER(Tm))
declare('imap4_time2internaldate', C.c_int, C.c_int64, C.c_int, C.c_char_p)
declare('imap4_parse_flags', C.c_size_t, C.c_char_p, C.POINTER(Str),
        C.c_size_t)


def octets(value):
    return value.encode() if isinstance(value, str) else value


# ---- The module's functions -------------------------------------------------

def Int2AP(num):
    out = C.create_string_buffer(17)
    lib.imap4_int2ap(abs(int(num)), out)
    return out.value


def ParseFlags(resp):
    flags = (Str * 64)()
    n = lib.imap4_parse_flags(resp, flags, len(flags))
    return tuple(f.bytes() for f in flags[:n])


def Internaldate2tuple(resp):
    tm = Tm()
    if lib.imap4_internaldate2tuple(resp, C.byref(tm)) < 0:
        return None
    return time.localtime(calendar.timegm(
        (tm.year + 1900, tm.mon + 1, tm.mday, tm.hour, tm.min, tm.sec)))


def Time2Internaldate(date_time):
    if isinstance(date_time, str) and date_time[:1] + date_time[-1:] == '""':
        return date_time
    if isinstance(date_time, datetime.datetime):
        zone = date_time.utcoffset().total_seconds()
        epoch = date_time.timestamp()
    else:
        if isinstance(date_time, tuple):
            gmtoff = getattr(date_time, 'tm_gmtoff', None)
            epoch = (time.mktime(date_time) if gmtoff is None
                     else calendar.timegm(date_time) - gmtoff)
        else:
            epoch = date_time
        zone = time.localtime(epoch).tm_gmtoff
    out = C.create_string_buffer(64)
    if lib.imap4_time2internaldate(int(epoch), int(zone) // 60, out) < 0:
        raise ValueError('date_time not of a known type')
    return out.value.decode()


# ---- The objects ------------------------------------------------------------

class IMAP4:
    class error(Exception):
        pass

    class abort(error):
        pass

    class readonly(abort):
        pass

    _encoding = 'ascii'

    def __init__(self, host='', port=IMAP4_PORT, timeout=None):
        self._begin(timeout)
        self._c = lib.imap4_client_open(octets(host), port, self._options)
        self._opened()

    def _begin(self, timeout, tls=None):
        if timeout is not None and not timeout:
            raise ValueError('Non-blocking socket (timeout=0) is not '
                             'supported')
        self._c, self._tls = None, tls
        self.sock = types.SimpleNamespace(timeout=timeout)
        self._limits = Limits(C.sizeof(Limits), _MAXLINE)
        self._options = Options(C.sizeof(Options), tls,
                                max(1, int(1000 * (timeout or 60))), True, 0,
                                C.pointer(self._limits))

    def _opened(self):
        try:
            if lib.imap4_client_error(self._c):
                self._raise('open', lib.imap4_client_noop(C.c_void_p(self._c)))
        except Exception:
            self.shutdown()
            raise
        lib.imap4_client_raw_names(self._c, True)
        self.welcome = lib.imap4_client_welcome(self._c)

    def _raise(self, name, result):
        """What imaplib raises where the library returns this."""
        text = lib.imap4_client_error(self._c).decode()
        if result == REFUSED:
            raise ConnectionRefusedError(errno.ECONNREFUSED, text)
        if result == TIMED_OUT:
            raise TimeoutError(text)
        if result == TLS:
            raise ssl.SSLCertVerificationError(text)
        if result == ELIMIT:
            raise self.error('got more than %d bytes' % _MAXLINE)
        if result == ESTATE and 'support' not in text:
            text = 'command %s illegal in state %s: %s' % (name, self.state,
                                                           text)
        raise {CLASS_ABORT: self.abort, CLASS_READONLY: self.readonly}.get(
            lib.imap4_client_class(self._c), self.error)(text)

    def _call(self, name, *args, symbol=None):
        fn = getattr(lib, 'imap4_client_' + (symbol or name))
        result = fn(C.c_void_p(self._c), *args)
        if result < 0 and lib.imap4_client_class(self._c) != CLASS_NONE:
            self._raise(name.upper(), result)
        typ = lib.imap4_client_type(self._c).decode()
        data = lib.imap4_client_data(self._c).contents
        return typ, [self._item(data.item[i])
                     for i in range(data.n)] or [None]

    @staticmethod
    def _item(item):
        text = item.text.bytes()
        return (text, item.literal.bytes()) if item.literal.p else text

    def _words(self, *values):
        return [None if v is None else C.c_char_p(octets(v)) for v in values]

    def _strings(self, *values):
        """imaplib has callers quote what the library quotes."""
        return self._words(*(bare(v) for v in values))

    def shutdown(self):
        c, self._c = self._c, None
        lib.imap4_client_free(c)
        if self._tls:
            lib.imap4_tls_free(self._tls)
        self._tls = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.state != 'LOGOUT':
            self.logout()

    def __del__(self):
        if getattr(self, '_c', None):
            self.shutdown()

    @property
    def state(self):
        return STATES[lib.imap4_client_state(self._c)]

    @property
    def capabilities(self):
        engine = lib.imap4_client_engine(self._c)
        return tuple(lib.imap4_engine_capabilities(engine).decode().upper()
                     .split())

    @property
    def utf8_enabled(self):
        engine = lib.imap4_client_engine(self._c)
        return bool(engine) and lib.imap4_engine_enabled(engine,
                                                         b'UTF8=ACCEPT')

    @property
    def PROTOCOL_VERSION(self):
        return lib.imap4_client_protocol(self._c).decode().upper()

    @property
    def is_readonly(self):
        return lib.imap4_client_is_readonly(self._c)

    # A NO is an exception for these two only.
    def _login(self, *args, **how):
        typ, data = self._call(*args, **how)
        if typ != 'OK':
            raise self.error(lib.imap4_client_error(self._c).decode())
        return typ, data

    def login(self, user, password):
        return self._login('login', *self._strings(user, password))

    def login_cram_md5(self, user, password):
        return self._login('login_cram_md5', *self._strings(user, password))

    def authenticate(self, mechanism, authobject):
        kept = []

        def step(_, challenge, response):
            answer = authobject(challenge.bytes())
            if answer is None:
                return -1
            kept.append(C.create_string_buffer(octets(answer)))
            response.contents.p = C.addressof(kept[-1])
            response.contents.len = len(octets(answer))
            return 0

        return self._login('authenticate', octets(mechanism), STEP(step), None)

    def starttls(self, ssl_context=None):
        self._tls = tls_settings(ssl_context)
        return self._call('starttls', C.c_void_p(self._tls))

    def enable(self, capability):
        typ, data = self._call('enable', octets(capability))
        if typ == 'OK' and 'UTF8=ACCEPT' in capability.upper():
            self._encoding = 'utf-8'
        return typ, data

    def select(self, mailbox='INBOX', readonly=False):
        return self._call('select', octets(bare(mailbox)), C.c_bool(readonly))

    def append(self, mailbox, flags, date_time, message):
        date = Time2Internaldate(date_time) if date_time else None
        return self._call('append', *self._strings(mailbox, flags, date),
                          C.c_char_p(octets(message)),
                          C.c_size_t(len(octets(message))))

    def list(self, directory='""', pattern='*'):
        return self._call('list', *self._strings(directory, pattern))

    def lsub(self, directory='""', pattern='*'):
        return self._call('lsub', *self._strings(directory, pattern))

    def partial(self, number, part, start, length):
        return self._call('partial', C.c_uint32(int(number)), octets(part),
                          C.c_uint32(int(start)), C.c_uint32(int(length)))

    def getquotaroot(self, mailbox):
        typ, roots = self._call('getquotaroot', octets(mailbox))
        return typ, [roots, self.response('QUOTA')[1]]

    def response(self, code):
        return code.upper(), self._call('response', octets(code))[1]

    def search(self, charset, *criteria):
        return self._call('search', *self._words(charset, *criteria), None)

    def sort(self, sort_criteria, charset, *criteria):
        return self._call('sort', *self._words(sort_criteria, charset,
                                               *criteria), None)

    def thread(self, algorithm, charset, *criteria):
        return self._call('thread', *self._words(algorithm, charset,
                                                 *criteria), None)

    def uid(self, command, *args):
        words = [w for w in args if w is not None]
        if command.upper() in ('COPY', 'MOVE'):
            words[-1] = bare(words[-1])
        return self._call('uid', *self._words(command, *words), None)

    def xatom(self, name, *args):
        return self._call('xatom', *self._words(name, *args), None)

    def setannotation(self, mailbox, *args):
        return self._call('setannotation', *self._strings(mailbox, *args),
                          None)


def bare(name):
    quoted = isinstance(name, str) and re.fullmatch('"[^"]*"', name)
    return name[1:-1] if quoted else name


def plain(name, symbol=None):
    """A command whose arguments are strings."""
    def method(self, *args):
        return self._call(name, *self._strings(*args), symbol=symbol)
    return method


for name in ('capability check copy create delete deleteacl expunge fetch '
             'getacl getannotation getquota listrights logout '
             'myrights namespace noop proxyauth recent rename setacl setquota '
             'status store subscribe unselect unsubscribe').split():
    setattr(IMAP4, name, plain(name))
IMAP4.close = plain('close', 'close_mailbox')


def tls_settings(context):
    """The settings for what an SSLContext trusts, or for the pin."""
    options = TlsOptions(C.sizeof(TlsOptions))
    text = C.create_string_buffer(256)
    if context is None and PIN:
        pins = (C.c_char_p * 1)(PIN.encode())
        options.pins, options.npins = pins, 1
    with tempfile.NamedTemporaryFile('w', suffix='.pem') as f:
        if context is not None:
            for der in context.get_ca_certs(True):
                f.write(ssl.DER_cert_to_PEM_cert(der))
            f.flush()
            options.ca_file = f.name.encode()
        tls = lib.imap4_tls_new(C.byref(options), text, len(text))
    if not tls:
        raise OSError(text.value.decode())
    return tls


class IMAP4_SSL(IMAP4):
    def __init__(self, host='', port=IMAP4_SSL_PORT, keyfile=None,
                 certfile=None, ssl_context=None, timeout=None):
        if ssl_context is not None and (keyfile or certfile):
            raise ValueError('ssl_context and keyfile or certfile exclude '
                             'each other')
        self._begin(timeout, tls_settings(ssl_context))
        self._c = lib.imap4_client_open_tls(octets(host), port, self._options)
        self._opened()


class IMAP4_stream(IMAP4):
    def __init__(self, command):
        self._begin(None)
        self._c = lib.imap4_client_open_stream(octets(command), self._options)
        self._opened()


def run_suite(path):
    import importlib.util
    import unittest
    outcome = {}

    class Result(unittest.TestResult):
        def _note(self, test, what, why=''):
            outcome['.'.join(test.id().split('.')[-2:])] = [what, why]

        def addSuccess(self, test):
            self._note(test, 'ok')

        def addSkip(self, test, reason):
            self._note(test, 'skipped', reason)

        def addError(self, test, err):
            self._note(test, 'failed', '%s: %s' % (err[0].__name__, err[1]))

        addFailure = addError

    import test.support
    test.support.verbose = False
    sys.modules['imaplib'] = sys.modules['__main__']
    spec = importlib.util.spec_from_file_location('test.test_imaplib', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    unittest.defaultTestLoader.loadTestsFromModule(module).run(Result())
    return outcome


if __name__ == '__main__':
    print(json.dumps(run_suite(sys.argv[1])))
