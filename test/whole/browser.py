#!/usr/bin/env python3
"""A user with a browser, for $BROWSER: opens the URL, approves what a consent page asks, and ends at the callback page.
Cookies are kept and scripts are not run. BROWSER_CHOICE=deny refuses instead; the last page goes to BROWSER_PAGE."""
import http.cookiejar
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

WORDS = {"approve": ("approve", "authorize", "allow", "accept"), "deny": ("deny", "cancel", "refuse")}


class Forms(HTMLParser):
    """The forms of a page: where each goes, its fields, its buttons."""

    def __init__(self, page):
        super().__init__()
        self.forms = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        a = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({"action": a.get("action", ""), "method": a.get("method", "get").upper(), "fields": [], "buttons": []})
        elif self.forms and (tag == "button" or (tag == "input" and a.get("type") == "submit")):
            self.forms[-1]["buttons"].append((a.get("name", ""), a.get("value", "")))
        elif self.forms and tag == "input" and a.get("name"):
            self.forms[-1]["fields"].append((a["name"], a.get("value", "")))


def choose(page, choice):
    """The form and the button that say what was chosen; None when the page asks nothing."""
    for form in Forms(page).forms:
        for name, value in form["buttons"]:
            if any(word in f"{name} {value}".lower() for word in WORDS[choice]):
                return form, [*form["fields"], (name, value)]
    return None


class Browser:
    def __init__(self):
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                                  urllib.request.HTTPCookieProcessor(self.cookies))

    def open(self, url, data=None):
        """(status, final URL, page), after redirects."""
        try:
            answer = self.opener.open(url, data, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.url, answer.read().decode()

    def consent(self, url, choice="approve"):
        """Opens the URL and, when a page asks, chooses."""
        status, at, page = self.open(url)
        found = choose(page, choice)
        if not found:
            return status, at, page
        form, fields = found
        target, body = urllib.parse.urljoin(at, form["action"]), urllib.parse.urlencode(fields)
        if form["method"] == "POST":
            return self.open(target, body.encode())
        return self.open(f"{target}?{body}")


def main():
    _, _, page = Browser().consent(sys.argv[1], os.environ.get("BROWSER_CHOICE", "approve"))
    if "BROWSER_PAGE" in os.environ:
        with open(os.environ["BROWSER_PAGE"], "w", encoding="utf-8") as out:
            out.write(page)


if __name__ == "__main__":
    main()
