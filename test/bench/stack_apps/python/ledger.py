"""Bank statements: CSV, amounts, dates, accounts."""

import csv
import datetime
import decimal
import io


class Account:
    def __init__(self, number):
        self.number, self.entries = number, []

    def book(self, day, amount, text):
        self.entries.append((day, amount, text))
        if self.balance() < -1000:
            raise OverflowError(f"account {self.number} is overdrawn by {-self.balance()}")

    def balance(self):
        return sum(amount for _, amount, _ in self.entries)

    def last(self):
        return self.entries[-1]


def amount_of(text):
    return decimal.Decimal(text.replace(",", ""))


def day_of(text):
    return datetime.datetime.strptime(text, "%Y-%m-%d").date()


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def entry_of(row):
    return day_of(row["day"]), amount_of(row["amount"]), row["text"].strip()


def read(text, number="7"):
    account = Account(number)
    for row in rows_of(text):
        account.book(*entry_of(row))
    return account


def imported(data):
    return read(data["csv"]).balance()


def preview(data):
    return [f"{day:%d %b} {amount}" for day, amount, _ in map(entry_of, rows_of(data["csv"]))]


def statement(data):
    account = read(data["csv"], "9")
    day, amount, text = account.last()
    return f"{day}: {amount} {text}"


def interest(data):
    account = read(data["csv"])
    days = (day_of(data["until"]) - account.last()[0]).days
    return account.balance() * decimal.Decimal("0.01") * 365 / days


def settle(data):
    rates = {"eur": decimal.Decimal(1), "usd": decimal.Decimal("0.9")}
    return sum(read(part["csv"]).balance() * rates[part["currency"]] for part in data["parts"])


HEAD = "day,amount,text\n"
GOOD = HEAD + "2026-01-03,10.00,tea\n"


def parts(text, currency="eur"):
    return {"parts": [{"csv": GOOD, "currency": "usd"}, {"csv": text, "currency": currency}]}


BUGS = {
    "amount-with-comma": [(h, {"csv": HEAD + line, "until": "2026-02-01"}) for h, line in (("imported", "2026-01-03,7€,x\n"), ("preview", "2026-01-04,1 000,y\n"), ("interest", "2026-01-04,3 EUR,y\n"))],
    "day-order": [(h, {"csv": HEAD + line}) for h, line in (("imported", "03.01.2026,7,x\n"), ("preview", "1/4/2026,7,y\n"), ("statement", "04 Jan,7,z\n"))],
    "until-empty": [("interest", {"csv": GOOD, "until": u}) for u in ("", "tomorrow")],
    "same-day": [("interest", {"csv": GOOD, "until": "2026-01-03"}), ("interest", {"csv": GOOD + "2026-01-05,1,b\n", "until": "2026-01-05"})],
    "text-missing": [(h, {"csv": HEAD + "2026-01-03,7\n"}) for h in ("imported", "preview", "statement")],
    "column-named-otherwise": [(h, {"csv": "date,amount,text\n2026-01-03,7,x\n"}) for h in ("imported", "statement", "preview")],
    "amount-column": [(h, {"csv": "day,value,text\n2026-01-03,7,x\n"}) for h in ("imported", "preview")],
    "overdrawn": [(h, {"csv": GOOD + "2026-01-04,-5000,rent\n"}) for h in ("imported", "statement")] + [("settle", parts(GOOD + "2026-01-05,-2000,car\n"))],
    "nothing-booked": [("statement", {"csv": HEAD}), ("interest", {"csv": HEAD, "until": "2026-02-01"})],
    "currency": [("settle", parts(GOOD, "chf")), ("settle", parts(GOOD, "EUR"))],
}
