"""The two guides, taken apart: their fenced blocks, the commands in their text, and the table in test/cases/guide.txt."""
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDES = {"fr": ROOT / "docs/guide.fr.md", "en": ROOT / "docs/guide.en.md"}
CASES = ROOT / "test/cases/guide.txt"
# SHA-256 of the guide as it was given: its words are the contract.
CONTRACT = "cba59641cb48c45f20a51eb2c438477e0eb8eea6bd1e1d48de6a1a246cc226f0"


@dataclass(frozen=True)
class Block:
    language: str
    text: str

    def first_line(self):
        return self.text.split("\n", 1)[0]

    def without_comments(self):
        """What must be the same in both languages: comments are translated."""
        if self.language != "bash":
            return self.text
        return "\n".join(line for line in self.text.split("\n") if not line.startswith("#"))


@dataclass(frozen=True)
class Case:
    kind: str
    first_line: str
    what: str


def text(language):
    return GUIDES[language].read_text(encoding="utf-8")


def without_note(guide):
    return re.sub(r"<!-- note -->\n.*?<!-- /note -->\n\n", "", guide, count=1, flags=re.DOTALL)


def is_the_contract(guide):
    return hashlib.sha256(without_note(guide).encode()).hexdigest() == CONTRACT


def blocks(guide):
    return [Block(m[1], m[2]) for m in re.finditer(r"^```(\w*)\n(.*?)\n```$", guide, re.MULTILINE | re.DOTALL)]


def inline_commands(guide):
    """Commands named in the text and in comments, outside the commands of a block."""
    prose = re.sub(r"^```.*?^```$", "", without_note(guide), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"`((?:devflow|docker-compose) [^`]+)`", prose)
    found += re.findall(r"^# Generate with: (.+)$", guide, re.MULTILINE)
    return list(dict.fromkeys(found))


def routes(guide):
    return re.findall(r"^- `(GET|POST|PUT|DELETE) (/[^`]+)`", guide, re.MULTILINE)


def error_sentences(guide):
    """The quoted titles of the troubleshooting section."""
    return re.findall(r'^### (?:Erreur|Error): "([^"]+)"', guide, re.MULTILINE)


def cases():
    rows = []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            rows.append(Case(*(cell.strip() for cell in line.split(" | "))))
    return rows


def block_cases():
    return [row for row in cases() if row.kind != "inline"]


def inline_cases():
    return [row for row in cases() if row.kind == "inline"]
