"""A small shop's checkout, with the kind of mistake that reaches production."""

from dataclasses import dataclass, field


@dataclass
class Line:
    sku: str
    price_cents: int
    quantity: int = 1


@dataclass
class Order:
    number: str
    lines: list[Line] = field(default_factory=list)
    coupon: str | None = None


COUPONS = {"WELCOME10": {"percent": 10}, "SUMMER": {"percent": 25, "minimum_cents": 5000}}


def discount_cents(subtotal, code):
    coupon = COUPONS.get(code)
    if subtotal < coupon.get("minimum_cents", 0):
        return 0
    return subtotal * coupon["percent"] // 100


def total_cents(order):
    subtotal = sum(line.price_cents * line.quantity for line in order.lines)
    return subtotal - discount_cents(subtotal, order.coupon)


def checkout(order, card):
    amount = total_cents(order)
    return {"order": order.number, "charged_cents": amount, "card": card["last4"]}
