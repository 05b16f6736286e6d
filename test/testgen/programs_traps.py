"""Programs whose fix a test of the wrong function or of the wrong input does not show: it stays red. Each may be reproduced or not; none may be false."""

from programs import PROGRAMS, program

BEFORE = set(PROGRAMS)

program("t_caller_checks", {"relay/__init__.py": "", "relay/loop.py": '''
import socket

from relay.frames import header


def serve(connection: socket.socket):
    """Answers one message."""
    data = connection.recv(64)
    kind, length = header(data)
    connection.sendall(bytes([kind]) + data[2:2 + length])
''', "relay/frames.py": '''
def header(data):
    return data[0], data[1]
'''}, "import socket\nfrom relay.loop import serve\na, b = socket.socketpair()\na.close()\nserve(b)",
        [("relay/loop.py", "    kind, length = header(data)", "    if len(data) < 2:\n        return\n    kind, length = header(data)")])

program("t_caller_catches", {"importing.py": '''
import sys


def number(text):
    return int(text)


def read(stream):
    found = []
    for line in stream:
        found.append(number(line.strip()))
    return found


def main(argv=None, stream=sys.stdin):
    return sum(read(stream))
'''}, "import io\nfrom importing import main\nmain(stream=io.StringIO('1\\n\\n3\\n'))",
        [("importing.py", "        found.append(number(line.strip()))", "        try:\n            found.append(number(line.strip()))\n        except ValueError:\n            continue")])

program("t_fix_refuses", {"booking.py": '''
SEATS = {"A": 4, "B": 2}


class NotBookable(Exception):
    pass


def left(row, taken):
    return SEATS[row] - taken


def book(row, taken=0):
    return left(row, taken) - 1
'''}, "from booking import book\nbook('Z')", [("booking.py", "    return left(row, taken) - 1", "    if row not in SEATS:\n        raise NotBookable(row)\n    return left(row, taken) - 1")])

program("t_fix_same_type", {"shares.py": '''
def ratio(part, whole):
    return part / whole


def describe(parts):
    whole = sum(parts)
    return [round(ratio(p, whole), 2) for p in parts]
'''}, "from shares import describe\ndescribe([3, -3])",
        [("shares.py", "    whole = sum(parts)", "    whole = sum(parts)\n    if whole == 0:\n        raise ZeroDivisionError('the parts cancel out')")])

program("t_two_on_one_line", {"rates.py": '''
def compare(before, after):
    """Visits to orders, before and after."""
    return before["orders"] / before["visits"], after["orders"] / after["visits"]


def report(before, after):
    old, new = compare(before, after)
    return f"{old:.1%} to {new:.1%}"
'''}, "from rates import report\nreport({'orders': 3, 'visits': 40}, {'orders': 0, 'visits': 0})",
        [("rates.py", "    old, new = compare(before, after)", "    if not after['visits']:\n        return 'not yet'\n    old, new = compare(before, after)")])

program("t_default_changes", {"retrying.py": '''
def pauses(total, attempts=0):
    """How long to wait between the attempts."""
    return [total / attempts] * attempts
'''}, "from retrying import pauses\npauses(30)", [("retrying.py", "attempts=0", "attempts=3")])

program("t_field_default_changes", {"posts.py": '''
from dataclasses import dataclass, field


@dataclass
class Post:
    title: str
    tags: list = None
    draft: bool = False


def slug(post):
    return "-".join([post.title.lower(), *sorted(post.tags)])
'''}, "from posts import *\nslug(Post('Hello'))", [("posts.py", "tags: list = None", "tags: list = field(default_factory=list)")])

program("t_constructor_changes", {"basket.py": '''
class Basket:
    def __init__(self, owner):
        self.owner = owner
        self.lines = None
        self.discount = 0

    def total(self):
        lines = self.lines
        return sum(price * count for price, count in lines) - self.discount
'''}, "from basket import Basket\nBasket('ann').total()", [("basket.py", "        self.lines = None", "        self.lines = []")])

program("t_data_module", {"tax/__init__.py": "", "tax/table.py": '''
RATES = {"FR": 20, "DE": 19, "IT": 22}
NAMES = {"FR": "France", "DE": "Germany"}
''', "tax/lines.py": '''
from tax.table import NAMES, RATES


def line(country, amount):
    return f"{NAMES[country]}: {amount * RATES[country] / 100:.2f}"
'''}, "from tax.lines import line\nline('IT', 50)", [("tax/table.py", '"DE": "Germany"}', '"DE": "Germany", "IT": "Italy"}')])

program("t_set_order", {"palette.py": '''
def first_colour(names):
    chosen = set(names)
    return next(iter(chosen))


def code(names):
    return {"red": 1, "green": 2, "blue": 3}[first_colour(names)]
'''}, "from palette import code\nfor n in range(400):\n    code(['red', 'green', 'blue', 'mauve%d' % n])",
        [("palette.py", "chosen = set(names)", 'chosen = {n for n in names if n in ("red", "green", "blue")}')])

program("t_source_of_data", {"inbox/__init__.py": "", "inbox/fetch.py": '''
class Mailbox:
    def __init__(self, connection):
        self.connection = connection

    def unread(self):
        return [m for m in self.connection.search("UNSEEN") if not m.get("deleted")]
''', "inbox/summary.py": '''
def sender(message):
    return message["from"].split("@")[1]


def domains(mailbox):
    return sorted({sender(m) for m in mailbox.unread()})
'''}, "from inbox.fetch import Mailbox\nfrom inbox.summary import domains\n"
     "class C:\n    def search(self, what):\n        return [{'from': 'a@b.org'}, {'from': 'MAILER-DAEMON'}]\ndomains(Mailbox(C()))",
        [("inbox/fetch.py", 'if not m.get("deleted")]', 'if not m.get("deleted") and "@" in m["from"]]')])

program("t_argument_is_changed", {"stackwork.py": '''
def take(items, count):
    taken = []
    for _ in range(count):
        taken.append(items.pop())
    return taken


def halves(items):
    return take(items, 2), take(items, 2)
'''}, "from stackwork import halves\nhalves([1, 2, 3])", [("stackwork.py", "    for _ in range(count):", "    for _ in range(min(count, len(items))):")])

REFUSES = """    def __init__(self, owner, rate):
        if rate <= 0:
            raise ValueError("a rate is more than 0")
"""

program("t_constructor_refuses", {"bank/loan.py": '''
class Loan:
    def __init__(self, owner, rate):
        self.owner = owner
        self.rate = rate


def months(loan, amount):
    return amount / loan.rate


def plan(loans, amount):
    return {loan.owner: round(months(loan, amount)) for loan in loans}
'''}, "from bank.loan import *\nplan([Loan('ann', 0)], 500)", [("bank/loan.py", "    def __init__(self, owner, rate):\n", REFUSES)])

program("t_import_refuses", {"uploads.py": '''
import os

LIMITS = dict(part.split("=") for part in os.environ.get("UPLOAD_LIMITS", "").split(",") if part)


def limit(kind):
    return int(LIMITS[kind])
'''}, "from uploads import limit\nlimit('image')", [("uploads.py", "\n\n\ndef limit", "\nif not LIMITS:\n    raise RuntimeError('UPLOAD_LIMITS is not set')\n\n\ndef limit")])

TRAPS = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
