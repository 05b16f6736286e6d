"""Programs of web frameworks as their documentation lays them out, and of numpy: each request goes through the framework and its integration of the SDK.
Written before the generator was run on any of them."""

from programs import program

DJANGO = '''
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "%s.settings"
from django.core.wsgi import get_wsgi_application
from werkzeug.test import Client
client = Client(get_wsgi_application())
'''


def site(name, app):
    """The files of a Django project with one application, as `startproject` and `startapp` lay them out."""
    return {"manage.py": f'''
#!/usr/bin/env python
import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{name}.settings")
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
''', f"{name}/__init__.py": "", f"{app}/__init__.py": "", f"{name}/settings.py": f'''
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "for-development-only"
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "{app}"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "{app}.middleware.Locale"]
ROOT_URLCONF = "{name}.urls"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [], "APP_DIRS": True, "OPTIONS": {{}}}}]
USE_TZ = True
''', f"{app}/middleware.py": '''
class Locale:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        languages = request.headers.get("Accept-Language", "en").split(",")
        best = max(languages, key=lambda item: float(item.split(";q=")[1]) if ";q=" in item else 1.0)
        request.language = best.split(";")[0].strip()
        return self.get_response(request)
''', f"{name}/urls.py": f'''
from django.urls import include, path

urlpatterns = [path("api/", include("{app}.urls"))]
'''}


BOOKS = {**site("library", "books"), "books/urls.py": '''
from django.urls import path

from books import views

urlpatterns = [
    path("loans/<int:member>/", views.loan),
    path("search", views.Search.as_view()),
    path("fines/<int:member>/", views.fines),
]
''', "books/views.py": '''
import json
from datetime import date

from django.http import HttpResponseBadRequest, JsonResponse
from django.views import View

from books.loans import due, fine


def loan(request, member):
    if request.method != "POST":
        return HttpResponseBadRequest("POST a loan")
    body = json.loads(request.body)
    until = due(body["kind"], date.fromisoformat(body["from"]))
    return JsonResponse({"member": member, "due": until.isoformat()})


class Search(View):
    size = 20

    def get(self, request):
        page = int(request.GET.get("page", "1"))
        shelves = request.GET.getlist("shelf")
        return JsonResponse({"from": (page - 1) * self.size, "first": shelves[0].upper()})


def fines(request, member):
    days = [int(d) for d in request.POST.getlist("days")]
    return JsonResponse({"member": member, "fine": fine(days, request.language)})
''', "books/loans.py": '''
from datetime import timedelta

DAYS = {"book": 28, "dvd": 7}
RATES = {"en": 0.25, "fr": 0.3}


def due(kind, start):
    return start + timedelta(days=DAYS[kind])


def fine(days, language):
    rate = RATES[language[:2]]
    return round(max(days) * rate, 2)
'''}

program("w_django_json_kind", BOOKS, DJANGO % "library" +
        "client.post('/api/loans/7/', json={'kind': 'map', 'from': '2026-02-03'})",
        [("books/loans.py", "DAYS[kind]", "DAYS.get(kind, 14)")])

program("w_django_class_view", BOOKS, DJANGO % "library" + "client.get('/api/search?page=2')",
        [("books/views.py", "shelves[0].upper()", 'shelves[0].upper() if shelves else ""')])

program("w_django_form_empty", BOOKS, DJANGO % "library" + "client.post('/api/fines/3/', data={'note': 'none'})",
        [("books/loans.py", "max(days)", "max(days, default=0)")])

program("w_django_middleware_header", BOOKS, DJANGO % "library" + "client.get('/api/search?shelf=a', headers={'accept-language': 'fr,en;q=high'})",
        [("books/middleware.py", 'float(item.split(";q=")[1]) if ";q=" in item else 1.0', 'number(item)'),
         ("books/middleware.py", "class Locale:", '''def number(item):
    try:
        return float(item.split(";q=")[1])
    except (IndexError, ValueError):
        return 1.0


class Locale:''')])

SHOP = {"shop/__init__.py": "", "shop/main.py": '''
from fastapi import Depends, FastAPI, Header, HTTPException

from shop.models import Basket
from shop.orders import router
from shop.pricing import NoPrice, total

app = FastAPI(title="shop")
app.include_router(router, prefix="/v1")


def region(x_region: str = Header(default="eu")):
    return x_region.lower()


@app.post("/baskets")
def price_basket(basket: Basket, where: str = Depends(region)):
    try:
        return {"total": total(basket, where)}
    except NoPrice as error:
        raise HTTPException(404, str(error)) from error
''', "shop/models.py": '''
from decimal import Decimal

from pydantic import BaseModel, Field


class Line(BaseModel):
    sku: str
    count: int = Field(default=1, ge=0)
    price: Decimal


class Basket(BaseModel):
    customer: str
    lines: list[Line] = []
    voucher: str | None = None
''', "shop/pricing.py": '''
from decimal import Decimal

from shop.models import Basket, Line

TAX = {"eu": Decimal("0.2"), "us": Decimal("0.07")}
VOUCHERS = {"SPRING": Decimal("0.9")}


class NoPrice(Exception):
    pass


def line_total(line: Line) -> Decimal:
    if line.price < 0:
        raise NoPrice(line.sku)
    return line.price * line.count


def total(basket: Basket, where: str) -> Decimal:
    net = sum((line_total(line) for line in basket.lines), Decimal(0))
    if basket.voucher:
        net *= VOUCHERS[basket.voucher]
    average = net / len(basket.lines)
    return (net + average * 0) * (1 + TAX[where])
''', "shop/orders.py": '''
import asyncio

from fastapi import APIRouter

router = APIRouter()
STEPS = ["placed", "paid", "packed", "sent"]


async def history(order: int):
    await asyncio.sleep(0)
    return STEPS[: order % 5]


@router.get("/orders/{order}/next")
async def next_step(order: int, skip: int = 0):
    done = await history(order)
    return {"order": order, "next": STEPS[len(done) + skip]}
'''}

FASTAPI = "from fastapi.testclient import TestClient\nfrom shop.main import app\nclient = TestClient(app, raise_server_exceptions=False)\n"

program("w_fastapi_body_empty", SHOP, FASTAPI + "client.post('/baskets', json={'customer': 'c-9', 'lines': []})",
        [("shop/pricing.py", "average = net / len(basket.lines)", "average = net / (len(basket.lines) or 1)")])

program("w_fastapi_body_voucher", SHOP,
        FASTAPI + "client.post('/baskets', json={'customer': 'c-9', 'voucher': 'WINTER', 'lines': [{'sku': 'A-1', 'price': '3.50', 'count': 2}]})",
        [("shop/pricing.py", "VOUCHERS[basket.voucher]", "VOUCHERS.get(basket.voucher, 1)")])

program("w_fastapi_depends_header", SHOP,
        FASTAPI + "client.post('/baskets', headers={'X-Region': 'APAC'}, json={'customer': 'c-9', 'lines': [{'sku': 'A-1', 'price': '3.50'}]})",
        [("shop/pricing.py", "TAX[where]", "TAX.get(where, Decimal(0))")])

program("w_fastapi_async_route", SHOP, FASTAPI + "client.get('/v1/orders/13/next?skip=1')",
        [("shop/orders.py", "STEPS[len(done) + skip]", "STEPS[min(len(done) + skip, len(STEPS) - 1)]")])

program("w_starlette_factory", {"src/tiny/__init__.py": "", "src/tiny/web.py": '''
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


def bounds(text):
    low, high = text.split("-")
    return int(low), int(high)


async def slice_of(request):
    low, high = bounds(request.query_params["range"])
    return JSONResponse(list(range(low, high)))


def create_app():
    return Starlette(routes=[Route("/slice", slice_of)])
'''}, "from starlette.testclient import TestClient\nfrom tiny.web import create_app\n"
      "TestClient(create_app(), raise_server_exceptions=False).get('/slice?range=5')",
        [("src/tiny/web.py", 'low, high = text.split("-")', 'low, _, high = text.partition("-")\n    high = high or low')])

program("w_numpy_scalar", {"signal_kit/__init__.py": "", "signal_kit/levels.py": '''
import numpy as np


def decibels(power: np.float64, reference: np.float64 = np.float64(1.0)) -> int:
    return int(10 * np.log10(power / reference))


def report(samples):
    power = np.mean(np.square(samples))
    return f"{decibels(power)} dB"
'''}, "import numpy as np\nnp.seterr(all='ignore')\nfrom signal_kit.levels import report\nreport(np.zeros(4))",
        [("signal_kit/levels.py", "return int(10", "if not power > 0:\n        return -120\n    return int(10")])

program("w_numpy_shapes", {"signal_kit/__init__.py": "", "signal_kit/mix.py": '''
import numpy as np


def mix(left, right, gain=0.5):
    return gain * left + (1 - gain) * right


def merge(tracks):
    out = tracks[0]
    for track in tracks[1:]:
        out = mix(out, track)
    return out
'''}, "import numpy as np\nfrom signal_kit.mix import merge\nmerge([np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.25])])",
        [("signal_kit/mix.py", "return gain * left", "n = min(len(left), len(right))\n    left, right = left[:n], right[:n]\n    return gain * left")])

program("w_numpy_index", {"grid/__init__.py": "", "grid/field.py": '''
import numpy as np


class Field:
    def __init__(self, rows, columns):
        self.cells = np.zeros((rows, columns), dtype=np.int32)

    def neighbours(self, row, column):
        return sum(int(self.cells[row + dr, column + dc]) for dr in (-1, 0, 1) for dc in (-1, 0, 1) if dr or dc)


def count(field, at):
    return field.neighbours(*at)
'''}, "import numpy as np\nfrom grid.field import Field, count\ncount(Field(3, 4), (np.int64(2), np.int64(1)))",
        [("grid/field.py", "if dr or dc)", "if (dr or dc) and row + dr < self.cells.shape[0] and column + dc < self.cells.shape[1])")])
