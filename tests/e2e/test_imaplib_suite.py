#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""libimap4 as Python's imaplib: CPython's own tests of imaplib over it, and
every method of the manual on a real Dovecot, beside imaplib itself."""
import base64
import functools
import glob
import hashlib
import imaplib
import json
import os
import re
import subprocess
import unittest

import support
from servers import TOP, Dovecot

BUILD = os.path.abspath(os.environ.get('B') or os.path.join(TOP, 'build'))
OVER = TOP + '/tests/e2e/imaplib_over.py'
# Debian's libpython3.*-testsuite belongs to Debian's own Python.
PYTHON = '/usr/bin/python3'

PRIVATE = 'it looks into the private parts of the module'
NOT_ENABLED = ('its server says OK to ENABLE but not ENABLED, which is what '
               'tells what was enabled (RFC 5161 3.2)')
WORDS = "it wants OpenSSL's words for a wrong host name"
# ClassName.test: why it says nothing of the library. Those that end in a star
# are of every class.
EXCLUDED = {
    '*.test_certfile_arg_warn': PRIVATE,
    '*.test_dump_ur': PRIVATE,
    '*.test_enable_UTF8_True_append': NOT_ENABLED,
    '*.test_search_disallows_charset_in_utf8_mode': NOT_ENABLED,
    'NewIMAPSSLTests.test_ssl_raises': WORDS,
    'ThreadedNetworkedTestsSSL.test_ssl_verified': WORDS,
    '*.test_bracket_flags': 'its server leaves out the "(" of PERMANENTFLAGS, '
                            'so that the "]" of a flag ends the code',
}


def excluded(name):
    return name in EXCLUDED or '*.' + name.split('.')[1] in EXCLUDED


def pin(path):
    """Of the first certificate in the file."""
    with open(path) as f:
        pem = re.search('-----BEGIN CERT.*?END CERTIFICATE-----\n', f.read(),
                        re.S)[0]
    key = subprocess.run(['openssl', 'x509', '-noout', '-pubkey'], input=pem,
                         check=True, text=True, stdout=subprocess.PIPE).stdout
    der = base64.b64decode(''.join(key.splitlines()[1:-1]))
    return 'sha256:' + hashlib.sha256(der).hexdigest()


@functools.cache
def outcomes():
    found = glob.glob('/usr/lib/python3.*/test/test_imaplib.py')
    if not found or not os.path.exists(PYTHON):
        raise unittest.SkipTest("CPython's test_imaplib is not installed")
    done = subprocess.run(
        [PYTHON, OVER, found[0]], check=True, text=True, timeout=240,
        env=dict(os.environ, LIBIMAP4=BUILD + '/libimap4.so',
                 IMAP4_PIN=pin(os.path.dirname(found[0]) + '/keycert3.pem')),
        stdout=subprocess.PIPE)
    return json.loads(done.stdout.splitlines()[-1])


@unittest.skipIf('SANITIZE' in os.environ and os.environ['SANITIZE'],
                 'Python is not built for that')
class Suite(unittest.TestCase):
    def test_cpython(self):
        failed = {name: why for name, (what, why) in outcomes().items()
                  if what == 'failed' and not excluded(name)}
        self.assertEqual(failed, {})

    def test_what_is_excluded_fails(self):
        passed = [name for name, (what, _) in outcomes().items()
                  if what == 'ok' and excluded(name)]
        self.assertEqual(passed, [])

    def test_it_ran(self):
        self.assertGreater(sum(what == 'ok' for what, _ in
                               outcomes().values()), 70)


MESSAGE = (b'From: Ann Lee <ann@example.org>\r\nTo: bob@example.org\r\n'
           b'Subject: %s\r\nMessage-ID: <%d@example.org>\r\n'
           b'Date: Mon, 7 Feb 1994 21:52:25 -0800\r\n\r\nHello, Bob.\r\n')
DATE = '"07-Feb-1994 21:52:25 -0800"'


def add(box, n, flags=''):
    return ('append', box, flags, DATE, MESSAGE % (b'test %d' % n, n))


# What both do, in this order.
STEPS = [
    ('capability',), ('noop',), ('namespace',), ('list',), ('lsub',),
    ('list', '""', 'INB%'), ('list', '', '%'), ('list', '"no-such"', '*'),
    ('create', 'box'), ('create', '"two words"'), ('create', 'box'),
    ('create', 'Entw&APw-rfe'), ('create', 'a/b/c'), ('list', 'a', '*'),
    ('list', '""', '"two*"'),
    ('subscribe', 'box'), ('lsub',), ('unsubscribe', 'box'), ('lsub',),
    ('rename', 'a/b', 'a/d'), ('rename', 'no-such', 'x'),
    ('delete', 'a/d/c'), ('delete', 'no-such'),
    ('status', 'box', '(MESSAGES UNSEEN RECENT)'),
    ('status', '"two words"', '(MESSAGES)'),
    ('status', 'no-such', '(MESSAGES)'), ('status', 'box', '(NONSENSE)'),
    add('box', 1), add('box', 2, '\\Seen'), add('box', 3, '(\\Flagged $Work)'),
    add('box', 4), add('box', 5), add('no-such', 6),
    ('append', 'box', '', None, b'bare\nlines\n'),
    ('append', 'box', '', None, b''),
    ('check',), ('fetch', '1', '(FLAGS)'), ('expunge',),
    ('select', 'no-such'), ('select', 'box'), ('recent',),
    ('response', 'EXISTS'), ('response', 'RECENT'), ('response', 'FLAGS'),
    ('response', 'UIDNEXT'), ('response', 'PERMANENTFLAGS'),
    ('response', 'READ-WRITE'), ('response', 'NO-SUCH'),
    ('check',), ('noop',), ('recent',),
    ('fetch', '1', '(FLAGS)'), ('fetch', '1:3', '(UID FLAGS)'),
    ('fetch', '1', '(RFC822.SIZE INTERNALDATE)'), ('fetch', '1', '(ENVELOPE)'),
    ('fetch', '1', '(BODYSTRUCTURE)'), ('fetch', '1', 'ALL'),
    ('fetch', '1', 'FULL'), ('fetch', '2', '(BODY.PEEK[HEADER])'),
    ('fetch', '2', '(BODY.PEEK[HEADER.FIELDS (SUBJECT TO)])'),
    ('fetch', '1:2', '(UID BODY.PEEK[TEXT] FLAGS)'),
    ('fetch', '1:2', '(BODY.PEEK[HEADER] BODY.PEEK[TEXT])'),
    ('fetch', '3', 'RFC822'), ('fetch', '3', '(FLAGS)'),
    ('fetch', '6', '(RFC822)'), ('fetch', '1', '(BODY.PEEK[]<5.10>)'),
    ('fetch', '1', 'BODY.PEEK[1]'), ('fetch', '99', '(FLAGS)'),
    ('fetch', '1', '(NONSENSE)'), ('fetch', '1', 'UID FLAGS'),
    ('fetch', '1:*', '(UID)'), ('fetch', '1', '(FLAGS'),
    ('partial', '1', 'RFC822.PEEK', '1', '10'),
    ('store', '1', '+FLAGS', '\\Seen'), ('store', '1', '+FLAGS', '(a b)'),
    ('store', '1', '-FLAGS', '(a)'), ('store', '1:2', 'FLAGS', '(\\Answered)'),
    ('store', '1', '+FLAGS.SILENT', '\\Draft'), ('store', '99', '+FLAGS', 'a'),
    ('store', '1', 'NONSENSE', 'a'),
    ('search', None, 'ALL'), ('search', None, 'SEEN'),
    ('search', None, 'FLAGGED'), ('search', None, 'FROM', 'Ann'),
    ('search', None, 'FROM', '"Ann Lee"'), ('search', None, 'FROM', '"Zoe"'),
    ('search', None, '(FROM "Ann Lee" SEEN)'),
    ('search', None, 'OR', 'SEEN', 'FLAGGED'),
    ('search', None, 'NOT', '(SUBJECT "test 3")'),
    ('search', 'UTF-8', 'SUBJECT', '"test 1"'),
    ('search', 'NO-SUCH', 'SUBJECT', 'x'), ('search', None, 'NONSENSE'),
    ('search', None, 'UID', '1:3'), ('search', None, '1:3', 'UNSEEN'),
    ('search', None, 'SINCE', '1-Jan-2000'), ('search', None, 'KEYWORD', 'b'),
    ('sort', '(REVERSE SUBJECT)', 'UTF-8', 'ALL'),
    ('sort', 'ARRIVAL', 'US-ASCII', 'UNSEEN'),
    ('sort', '(NONSENSE)', 'UTF-8', 'ALL'),
    ('thread', 'REFERENCES', 'UTF-8', 'ALL'),
    ('thread', 'ORDEREDSUBJECT', 'UTF-8', 'SEEN'),
    ('thread', 'NONSENSE', 'UTF-8', 'ALL'),
    ('uid', 'FETCH', '1:2', '(FLAGS)'), ('uid', 'SEARCH', None, 'ALL'),
    ('uid', 'search', 'SEEN'), ('uid', 'STORE', '2', '+FLAGS', '(\\Seen)'),
    ('uid', 'STORE', '2', '-FLAGS', '\\Seen'),
    ('uid', 'SORT', '(SUBJECT)', 'UTF-8', 'ALL'),
    ('uid', 'THREAD', 'REFERENCES', 'UTF-8', 'ALL'),
    ('uid', 'COPY', '1', 'box'), ('uid', 'COPY', '1', 'no-such'),
    ('uid', 'MOVE', '1', '"two words"'), ('uid', 'NONSENSE', '1'),
    ('copy', '1', 'box'), ('copy', '1', '"two words"'),
    ('copy', '1', 'no-such'), ('copy', '99', 'box'),
    ('store', '1:2', '+FLAGS', '\\Deleted'), ('expunge',), ('expunge',),
    ('uid', 'EXPUNGE', '1:99'), ('xatom', 'NOOP'), ('xatom', 'XNONSENSE', 'a'),
    ('close',), ('select', '"two words"', True), ('store', '1', '+FLAGS', 'a'),
    ('response', 'READ-ONLY'), ('fetch', '1', '(RFC822)'), ('unselect',),
    ('close',), ('enable', 'CONDSTORE'), ('enable', 'NONSENSE'),
    ('getquota', 'x'), ('getquotaroot', 'INBOX'), ('setquota', 'x', '(A 1)'),
    ('getacl', 'INBOX'), ('setacl', 'INBOX', 'ann', 'lr'),
    ('deleteacl', 'INBOX', 'ann'), ('myrights', 'INBOX'),
    ('getannotation', 'INBOX', '/comment', '*'),
    ('setannotation', 'INBOX', '/comment', '("value.priv" "x")'),
    ('proxyauth', 'ann'), ('login', 'ann', 'wrong'),
    ('authenticate', 'PLAIN', lambda _: b'\0a\0b'), ('select',),
    ('delete', 'box'), ('logout',), ('noop',), ('logout',),
]

# Steps that give something else, and why that is right.
NO_DATA = 'the text of the answer, where imaplib has nothing'
ENABLED = 'what was enabled (RFC 5161), where imaplib has the text'
DIFFERENT = {
    ('capability',): "imaplib has its own question's answer in it, too",
    ('list', '', '%'): 'imaplib leaves the quoting of "" to its callers',
    ('fetch', '1', 'UID FLAGS'): 'several items get their parentheses',
    ('partial', '1', 'RFC822.PEEK', '1', '10'):
        'sent as the FETCH that took its place (RFC 2060)',
    ('uid', 'COPY', '1', 'box'): NO_DATA,
    ('uid', 'MOVE', '1', '"two words"'): NO_DATA,
    ('enable', 'CONDSTORE'): ENABLED,
    ('enable', 'NONSENSE'): 'not sent, as it is not offered',
}


def normal(value):
    """Without what no two sessions have in common."""
    if isinstance(value, (tuple, list)):
        return [normal(v) for v in value]
    if not isinstance(value, bytes):
        return value
    value = re.sub(rb'\(\d+\.\d+ \+ [\d.+ ]+secs\)', b'(T secs)', value)
    value = re.sub(rb'\btest[12]\b', b'USER', value)
    value = re.sub(rb'\[(APPENDUID|COPYUID) \d+', rb'[\1 V', value)
    return re.sub(rb'"\d\d-\w{3}-20\d\d [^"]*"', b'DATE', value)


def do(connection, step):
    name, *args = step
    try:
        return normal(getattr(connection, name)(*args))
    except (imaplib.IMAP4.error, connection.error, OSError) as e:
        return 'raises ' + type(e).__name__


@unittest.skipIf('SANITIZE' in os.environ and os.environ['SANITIZE'],
                 'Python is not built for that')
class Beside(unittest.TestCase):
    def test_every_method(self):
        os.environ['LIBIMAP4'] = BUILD + '/libimap4.so'
        import imaplib_over
        with Dovecot(rawlog=False) as server:
            theirs = server.imap('test1')
            ours = imaplib_over.IMAP4('127.0.0.1', server.port)
            ours.login('test2', 'secret')
            different = {}
            for step in STEPS:
                a, b = do(theirs, step), do(ours, step)
                if a != b:
                    different[step] = (a, b)
        self.maxDiff = None
        unexpected = {k: v for k, v in different.items() if k not in DIFFERENT}
        self.assertEqual(unexpected, {})
        self.assertEqual(set(DIFFERENT) - set(different), set())

    def test_the_table_has_every_method(self):
        import imaplib_names
        missing = {name for name, symbol, _ in imaplib_names.rows()
                   if symbol.startswith('imap4_client_') and
                   callable(getattr(imaplib.IMAP4, name, None))}
        self.assertEqual(missing - {step[0] for step in STEPS} - ELSEWHERE,
                         set())


# Shown at work by other tests, on a connection of its own or in no public way.
ELSEWHERE = {'login_cram_md5', 'starttls', 'print_log', 'error', 'abort',
             'readonly', 'examine', 'id', 'idle', 'open', 'read', 'readline',
             'send', 'shutdown', 'socket'}

support.main()
