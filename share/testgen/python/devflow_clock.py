"""Time: moments at which an event may have happened, as its own words tell them, and a clock that stands still in a test."""

import datetime
import re

from devflow_values import Node, literal

UTC = datetime.timezone.utc
MOMENT = re.compile(r"datetime\.datetime\((\d{4}(?:, \d{1,6}){2,6})(?:, fold=1)?(, tzinfo=.+)?\)")
DAY = re.compile(r"datetime\.date\((\d{4}, \d{1,2}, \d{1,2})\)")
ZONE = re.compile(r"(?:[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_+-]+){1,2}|UTC)")
ZONE_KEYS = {"timezone", "tz", "time_zone", "zone", "tzname"}
NEAR_S, QUARTER_S = 20 * 3600, 900

FROZEN = '''
class Frozen(type):
    """Of a class that tells NOW as the present. What it makes are plain dates, so plain dates are taken for its own."""

    def __instancecheck__(cls, thing):
        return isinstance(thing, cls.__base__)

    def __subclasscheck__(cls, other):
        return issubclass(other, cls.__base__)


class FrozenDate(datetime.date, metaclass=Frozen):
    def __new__(cls, *args, **kwargs):
        return cls.__base__(*args, **kwargs)

    @classmethod
    def today(cls):
        return cls.fromtimestamp(NOW.timestamp())


class FrozenDatetime(datetime.datetime, metaclass=Frozen):
    def __new__(cls, *args, **kwargs):
        return cls.__base__(*args, **kwargs)

    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(NOW.timestamp(), tz)

    @classmethod
    def today(cls):
        return cls.now()

    @classmethod
    def utcnow(cls):
        return cls.now(datetime.timezone.utc).replace(tzinfo=None)


@contextlib.contextmanager
def frozen_clock():
    """Within it, it is NOW in ZONE for whoever asks, by whatever name a module has for the clock."""
    now, local, utc, text = NOW.timestamp(), time.localtime, time.gmtime, time.strftime
    stands_for = {
        datetime.date: FrozenDate,
        datetime.datetime: FrozenDatetime,
        time.time: lambda: now,
        time.time_ns: lambda: int(now * 1000000) * 1000,
        time.localtime: lambda seconds=None: local(now if seconds is None else seconds),
        time.gmtime: lambda seconds=None: utc(now if seconds is None else seconds),
        time.strftime: lambda form, at=None: text(form, local(now) if at is None else at),
    }
    by_id = {id(real): frozen for real, frozen in stands_for.items()}
    with pytest.MonkeyPatch.context() as patch:
        for module in [m for m in list(sys.modules.values()) if hasattr(m, "__dict__")]:
            for name, value in list(vars(module).items()):
                if id(value) in by_id:
                    patch.setattr(module, name, by_id[id(value)])
        patch.setenv("TZ", ZONE)
        set_zone = getattr(time, "tzset", lambda: None)
        set_zone()
        try:
            yield
        finally:
            patch.undo()
            set_zone()
'''


class Clock(Node):
    """It is `at` in the zone. told: who says so."""

    late = False

    def __init__(self, at, zone="UTC", told="the time of the event", zone_told=False, exact=True):
        self.at, self.zone, self.told, self.zone_told, self.exact, self.why = at, zone, told, zone_told, exact, ""
        if not exact:
            self.why = "the time was found by running it"

    def key(self):
        return ("clock", self.at.isoformat(), self.zone)

    def said(self):
        text = f"The clock stands at {self.at.strftime('%Y-%m-%d %H:%M:%S')} UTC, {self.told}"
        if self.zone_told:
            return f"{text}, in the time zone {self.zone}."
        return f"{text}; the time zone is not in the event: UTC was taken."

    def put(self, place):
        for module in ("contextlib", "datetime", "sys", "time"):
            place.module(module)
        parts = [self.at.year, self.at.month, self.at.day, self.at.hour, self.at.minute, self.at.second, self.at.microsecond]
        while len(parts) > 5 and not parts[-1]:
            parts.pop()
        place.top(f"NOW = datetime.datetime({', '.join(map(str, parts))}, tzinfo=datetime.timezone.utc)\nZONE = {literal(self.zone)}\n\n{FROZEN}")
        place.within("frozen_clock()")


def posix_zone(offset_s):
    """A TZ that is that far ahead of UTC."""
    if not offset_s:
        return "UTC"
    hours, minutes = divmod(abs(offset_s) // 60, 60)
    return f"LOCAL{'-' if offset_s > 0 else '+'}{hours}" + (f":{minutes:02}" if minutes else "")


def texts_of(event):
    for exception in event["exceptions"]:
        for frame in exception["frames"]:
            yield from leaves(frame.get("vars") or {})


def leaves(value, depth=0):
    if isinstance(value, (dict, list)) and depth < 6:
        for v in value.values() if isinstance(value, dict) else value:
            yield from leaves(v, depth + 1)
    elif isinstance(value, str) and len(value) < 20_000:
        yield value


def zone_told(event):
    """The name of a time zone that the event has in its contexts, tags, extra or variables, or None."""
    pairs = [*(event.get("tags") or []), *(event.get("extra") or {}).items()]
    for context in (event.get("contexts") or {}).values():
        pairs += list(context.items()) if isinstance(context, dict) else []
    for exception in event["exceptions"]:
        for frame in exception["frames"]:
            pairs += list((frame.get("vars") or {}).items())
    for pair in pairs:
        if len(pair) == 2 and isinstance(pair[0], str) and pair[0].lower() in ZONE_KEYS and isinstance(pair[1], str):
            name = pair[1].strip("'\"")
            if ZONE.fullmatch(name):
                return name
    found = {m for text in texts_of(event) for m in re.findall(r"ZoneInfo\(key='([^']+)'\)", text) if ZONE.fullmatch(m)}
    return found.pop() if len(found) == 1 else None


def whole(parts):
    try:
        return datetime.datetime(*(int(p) for p in parts.split(", ")))
    except (ValueError, TypeError):
        return None


def moments(event):
    """Clocks at which the event may have happened: what its variables say of the present, then its own time."""
    sent = datetime.datetime.fromtimestamp(event["created_ms"] / 1000, UTC) if event.get("created_ms") else None
    named, found = zone_told(event), []
    if sent is None:
        return found
    of_variables = "as a variable of the event says"
    for text in texts_of(event):
        for match in MOMENT.finditer(text):
            moment = whole(match[1])
            if moment is None:
                continue
            if match[2] and "utc" in match[2].lower():
                if abs((moment.replace(tzinfo=UTC) - sent).total_seconds()) < NEAR_S:
                    found.append(Clock(moment.replace(tzinfo=UTC), named or "UTC", of_variables, bool(named)))
            elif not match[2]:
                ahead = (moment.replace(tzinfo=UTC) - sent).total_seconds()
                offset = round(ahead / QUARTER_S) * QUARTER_S
                if abs(offset) <= 14 * 3600 and abs(ahead - offset) < 120:
                    at = moment.replace(tzinfo=UTC) - datetime.timedelta(seconds=offset)
                    found.append(Clock(at, named or posix_zone(offset), of_variables, True))
        if re.fullmatch(r"\d{10}\.\d+|\d{10}", text) and abs(float(text) - sent.timestamp()) < 600:
            found.append(Clock(datetime.datetime.fromtimestamp(float(text), UTC), named or "UTC", of_variables, bool(named)))
    found.append(Clock(sent, named or "UTC", zone_told=bool(named)))
    for text in texts_of(event):
        for match in DAY.finditer(text):
            day = whole(match[1])
            if day and not named and day.date() != sent.date() and abs((day.replace(tzinfo=UTC) - sent).total_seconds()) < 36 * 3600:
                ahead = 12 * 3600 if day.date() > sent.date() else -12 * 3600
                found.append(Clock(sent, posix_zone(ahead), "and by a date among its variables its day is another than UTC's", True))
    seen, kept = set(), []
    for clock in found:
        if clock.key() not in seen:
            seen.add(clock.key())
            kept.append(clock)
    return kept[:6]


def others(event):
    """Times at which a test may be run one day: when it fails at all of them, it need not freeze the clock."""
    base = datetime.datetime.fromtimestamp((event.get("created_ms") or 1_700_000_000_000) / 1000, UTC).replace(microsecond=0)
    days = datetime.timedelta
    return [Clock(base + days(days=1, hours=5)), Clock(base + days(days=47, hours=-7)), Clock(base + days(days=1234)), Clock(base - days(days=400)),
            Clock(datetime.datetime(2027, 6, 16, 12, 0, 0, 1, tzinfo=UTC)), Clock(datetime.datetime(2096, 2, 29, 23, 59, 59, tzinfo=UTC))]


def present():
    """The time of this run: where the event's own does not do."""
    return Clock(datetime.datetime.now(UTC).replace(microsecond=0), told="at which the call was tried", exact=False)
