# SPDX-License-Identifier: MIT
"""What the checks share: the C files of the tree, and C text without its
comments and strings."""
import glob
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def c_files(*dirs, ends='ch'):
    """All .c and .h files below the directories, relative to the top."""
    os.chdir(TOP)
    found = []
    for d in dirs or ('lib', 'config', 'daemon', 'tests'):
        for end in ends:
            found += glob.glob('%s/**/*.%s' % (d, end), recursive=True)
    return sorted(found)


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def blank(match):
    return re.sub(r'[^\n]', ' ', match[0])


def code(text):
    """The text with comments and literals blanked out, lines kept."""
    return TOKEN.sub(blank, text)


def finish(problems):
    """Prints the problems; exit status 1 where there are any."""
    for p in problems:
        print(p)
    sys.exit(1 if problems else 0)
