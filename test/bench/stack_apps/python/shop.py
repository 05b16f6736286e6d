"""Orders, prices, stock."""

import dataclasses

PRICES = {"tea": "4.20", "cup": "9", "pot": "n/a", "tin": None}
STOCK = {"tea": 40, "cup": 0, "pot": 2}
RATES = {"de": 0.19, "fr": 0.2}


@dataclasses.dataclass
class Line:
    sku: str
    count: int


def to_number(text):
    return float(text)


def price_of(sku):
    return to_number(PRICES[sku])


def line_total(line):
    return price_of(line.sku) * line.count


def subtotal(lines):
    return sum(line_total(line) for line in lines)


def mean_price(lines):
    return subtotal(lines) / sum(line.count for line in lines)


def shipping(lines, weight):
    return max(to_number(weight), 1) * len(lines)


def tax(amount, country):
    return amount * RATES[country.lower()]


def reserve(line, left=None):
    left = STOCK if left is None else left
    if left[line.sku] < line.count:
        raise RuntimeError(f"only {left[line.sku]} of {line.sku} left, {line.count} wanted")
    left[line.sku] -= line.count


def voucher(code, amount):
    kind, value = code.split("-")
    return amount - to_number(value) if kind == "CUT" else amount


def lines_of(data):
    return [Line(**line) for line in data["lines"]]


def checkout(data):
    lines = lines_of(data)
    amount = subtotal(lines)
    amount = voucher(data["code"], amount) if data.get("code") else amount
    for line in lines:
        reserve(line, dict(STOCK))
    return amount + shipping(lines, data.get("weight", "1")) + tax(amount, data.get("country", "de"))


def preview(data):
    return {"total": subtotal(lines_of(data)), "mean": mean_price(lines_of(data)),
            "shipping": shipping(lines_of(data), data.get("weight", "1"))}


def invoice(data):
    amount = preview(data)["total"]
    return f"{amount:.2f} + {tax(amount, data.get('country', 'de')):.2f}"


def report(data):
    return sorted((checkout(order) for order in data["orders"]), key=lambda total: -total)


ONE = [{"sku": "tea", "count": 2}]
BUGS = {
    "price-not-a-number": [(h, {"lines": ONE + [{"sku": "pot", "count": n}]}) for h in ("checkout", "preview", "invoice") for n in (1, 2)],
    "price-none": [(h, {"lines": [{"sku": "tin", "count": 1}]}) for h in ("checkout", "invoice")],
    "empty-mean": [(h, {"lines": []}) for h in ("preview", "invoice")],
    "weight-with-unit": [(h, {"lines": ONE, "weight": w}) for h, w in (("checkout", "2kg"), ("preview", "500g"), ("invoice", "1 lb"))],
    "country-unknown": [(h, {"lines": ONE, "country": c}) for h, c in (("checkout", "at"), ("invoice", "be"))],
    "country-none": [("checkout", {"lines": ONE, "country": None}), ("invoice", {"lines": ONE, "country": None})],
    "stock": [("checkout", {"lines": ONE + [{"sku": "cup", "count": 1}]}), ("report", {"orders": [{"lines": [{"sku": "tea", "count": 99}]}]})],
    "voucher-shape": [("checkout", {"lines": ONE, "code": "CUT5"}), ("report", {"orders": [{"lines": ONE, "code": "A-B-C"}]})],
    "voucher-value": [("checkout", {"lines": ONE, "code": "CUT-five"}), ("report", {"orders": [{"lines": ONE, "code": "CUT-"}]})],
    "line-fields": [(h, {"lines": [{"sku": "tea", "count": 1, "gift": True}]}) for h in ("checkout", "preview")],
}
