"""A page in Chromium that remembers every error, and what the walk asks of it again and again."""

import contextlib
import json
import time
import urllib.parse
import urllib.request
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect


# What is wider than its place, other than what cuts itself off.
SPILT = """() => [...document.querySelectorAll('header *, main *, dialog *')].filter(at =>
    at.scrollWidth > at.clientWidth + 1 && at.clientWidth > 0 && getComputedStyle(at).display !== 'inline'
    && getComputedStyle(at).overflowX === 'visible' && !at.closest('.unseen, thead') && at.tagName !== 'INPUT'
).map(at => at.outerHTML.slice(0, 120))"""


class Fault(Exception):
    """Something of the page is not as it must be."""


def must(is_right: bool, text: str) -> None:
    if not is_right:
        raise Fault(text)


class Watched:
    """A page whose console, scripts and requests are watched; every picture is taken in four ways."""

    def __init__(self, context, address: str, language: str, pictures: Path, seconds: int):
        self.page: Page = context.new_page()
        self.address = address.rstrip("/")
        self.language = language
        self.pictures = pictures
        self.seconds = seconds
        self.texts = {}
        self.errors: list[str] = []
        self.allowed: set[int] = set()
        self.barriers: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(f"script: {error}"))
        self.page.on("request", self._request)
        self.asked: list[str] = []
        self.page.set_default_timeout(15_000)

    def _console(self, message) -> None:
        if message.type not in ("error", "warning"):
            return
        # The checkout is a page of somebody else; only ours is judged.
        where = message.location.get("url", "")
        if not where.startswith(self.address) and not self.page.url.startswith(self.address):
            return
        if any(f"status of {status}" in message.text for status in self.allowed):
            return
        self.errors.append(f"console: {message.text} ({where})")

    def _request(self, request) -> None:
        self.asked.append(f"{request.method} {urllib.parse.urlsplit(request.url).path}")
        if request.is_navigation_request() or not self.page.url.startswith(self.address):
            return
        if not request.url.startswith((self.address, "blob:", "data:")):
            self.errors.append(f"the page asks elsewhere: {request.url}")

    @contextlib.contextmanager
    def allowing(self, *statuses: int):
        """Answers that the walk provokes on purpose, which browsers write to the console."""
        self.allowed |= set(statuses)
        yield
        self.page.wait_for_timeout(100)
        self.allowed -= set(statuses)

    def open(self, path: str = "/") -> None:
        answer = self.page.goto(self.address + path)
        policy = answer.headers.get("content-security-policy", "")
        must("default-src 'none'" in policy and "unsafe" not in policy, f"the policy of the page is {policy!r}")
        if not self.texts:
            for folder in ("kit/lang", "lang"):
                with urllib.request.urlopen(f"{self.address}/assets/{folder}/{self.language}.json") as answer:
                    self.texts |= json.load(answer)

    @property
    def host(self) -> str:
        """What the page puts before the names of what it keeps."""
        return self.page.evaluate("document.documentElement.dataset.host")

    def text(self, key: str, **values) -> str:
        text = self.texts[key]
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    # What is there

    def see(self, selector: str, seconds: float = 15):
        place = self.page.locator(selector).first
        expect(place).to_be_visible(timeout=seconds * 1000)
        return place

    def says(self, selector: str, key: str, seconds: float = 15, **values) -> None:
        expect(self.page.locator(selector).first).to_contain_text(self.text(key, **values), timeout=seconds * 1000)

    def data(self, selector: str, name: str) -> str:
        return self.page.locator(selector).first.get_attribute(f"data-{name}") or ""

    def until(self, what: str, is_so, seconds: float = 5):
        end = time.monotonic() + seconds
        while True:
            found = is_so()
            if found:
                return found
            if time.monotonic() > end:
                raise Fault(f"It never happened: {what}")
            self.page.wait_for_timeout(40)

    def number(self, selector: str, name: str) -> float:
        return float(self.data(selector, name) or "nan")

    # How it looks

    def picture(self, name: str) -> None:
        """Keeps the page wide and narrow, light and dark, and looks for what stands in somebody's way."""
        size = self.page.viewport_size
        for width in (1280, 360):
            self.page.set_viewport_size({"width": width, "height": 800})
            self.page.wait_for_timeout(120)
            over = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            must(over <= 0, f"{name} scrolls sideways by {over} at a width of {width}")
            spilt = self.page.evaluate(SPILT)
            must(not spilt, f"{name} spills over at a width of {width}: {spilt}")
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                self.page.wait_for_timeout(120)
                self.page.screenshot(path=self.pictures / f"{self.language}-{name}-{width}-{scheme}.png", full_page=True)
                self._barriers(f"{name} {width} {scheme}")
        self.page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        self.page.set_viewport_size(size)
        self.page.wait_for_timeout(120)

    def _barriers(self, where: str) -> None:
        found = Axe().run(self.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
        for rule in found.response["violations"]:
            for node in rule["nodes"]:
                self.barriers.append(f"{where}: {rule['id']}: {node['html'][:160]}")

    def verdict(self) -> list[str]:
        return self.errors + sorted(set(self.barriers))
