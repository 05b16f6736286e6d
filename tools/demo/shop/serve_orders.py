"""Handles a few orders, as a worker would. SENTRY_DSN says where its errors go."""

import logging

import sentry_sdk
from orders import Line, Order, checkout

log = logging.getLogger("shop")

ORDERS = [
    ("17", Order("A-1001", [Line("mug-blue", 1250, 2)], "WELCOME10")),
    ("42", Order("A-1002", [Line("mug-blue", 1250), Line("tea-green", 890, 3)])),
    ("23", Order("A-1003", [Line("kettle", 4990)], "SPRING")),
]


def main():
    sentry_sdk.init(release="shop@1.4.2", environment="production", send_default_pii=True)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for customer, order in ORDERS:
        with sentry_sdk.isolation_scope() as scope:
            scope.set_user({"id": customer, "email": f"customer{customer}@example.com"})
            scope.set_tag("payment", "card")
            sentry_sdk.add_breadcrumb(category="cart", message=f"{len(order.lines)} lines in the cart of {order.number}")
            log.info("checking out %s", order.number)
            try:
                log.info("charged %s", checkout(order, {"number": "4111111111111111", "last4": "1111"})["charged_cents"])
            except AttributeError as error:
                sentry_sdk.capture_exception(error)
                log.info("failed: %s", error)
    sentry_sdk.flush(5)


if __name__ == "__main__":
    main()
