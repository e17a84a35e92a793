"""What every host's page has: signing up, tokens that lapse, settings, the way out and in again; and what runs a walk."""

import argparse
import json
import re
import secrets
import sys
import tempfile
import time
import traceback
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from browser import Fault, Watched, must

HANGUL = re.compile("[가-힣]")


def in_language(web: Watched, told: str, what: str) -> None:
    must(web.language != "ko" or HANGUL.search(told) is not None, f"{what} is not in Korean: {told}")


def register(web: Watched) -> tuple[str, str]:
    """Signs up, after two mistakes that are told."""
    page = web.page
    address, password = f"walker-{secrets.token_hex(6)}@example.com", secrets.token_urlsafe(12)
    web.open("/")
    web.says("h1", "welcome.title")
    must(page.locator("html").get_attribute("lang") == web.language, "the language is not the browser's")
    web.picture("welcome")
    page.click("#form-register button[type=submit]")
    web.says(".wrong:visible", "wrong.email")
    page.fill("[name=email]", address)
    page.fill("[name=password]", "short")
    page.click("#form-register button[type=submit]")
    web.says(".wrong:visible", "wrong.passwordShort")
    must(page.evaluate("document.activeElement.name") == "password", "the focus is not where the fault is")
    web.picture("welcome-wrong")
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    web.see("#songs")
    return address, password


def watch_job(web: Watched, is_pictured: bool = False) -> None:
    """Sees the job move by itself, without a reload, until the player is there."""
    page = web.page
    web.see("#progress, .player", 30)
    seen: set[str] = set()
    end = time.monotonic() + web.seconds
    while page.locator(".player").count() == 0:
        must(time.monotonic() < end, f"the job is not done after {web.seconds} s, seen: {sorted(seen)}")
        must(page.locator("#reason").count() == 0, "the job failed: " + " ".join(page.locator("#reason").all_inner_texts()))
        share = page.evaluate("document.querySelector('.stage')?.dataset.progress ?? null")
        if share is not None:
            seen.add(share)
            if 0 < float(share) < 1 and not is_pictured:
                is_pictured = True
                web.picture("progress")
        page.wait_for_timeout(30)
    must(len(seen) >= 2, f"the progress never moved: {sorted(seen)}")
    web.see(".player[data-ready=true]", 60)


def be_declined(web: Watched) -> None:
    """Pays at the checkout with a card that is declined; the checkout stays open and says so."""
    page = web.page
    page.get_by_role("button", name="declined", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("declined")
    must(not page.url.startswith(web.address), "a declined card left the checkout")


def access(web: Watched) -> str:
    """The token of the session."""
    return json.loads(web.page.evaluate(f"sessionStorage.getItem('{web.host}.access')"))["token"]


def renew(web: Watched, sign: str) -> None:
    """A token that lapsed, and one that the server refuses, are renewed without the person noticing: `sign` is seen."""
    page = web.page
    change = """([key, name, value]) => {
        const kept = JSON.parse(sessionStorage[key]);
        kept[name] = value;
        sessionStorage[key] = JSON.stringify(kept);
    }"""
    page.evaluate(change, [f"{web.host}.access", "end", 1])
    page.reload()
    web.see(sign)
    with web.allowing(401):
        page.evaluate(change, [f"{web.host}.access", "token", "e30.e30.e30"])
        page.reload()
        web.see(sign)
        must(page.locator("#form-login, #form-register").count() == 0, "a refused token signed the person out")


def settings(web: Watched, other: str) -> None:
    page = web.page
    page.goto(web.address + "/#/settings")
    web.see("#sign-out")
    web.picture("settings")
    page.locator("label", has_text=web.text("theme.dark")).click()
    must(page.locator("html").get_attribute("data-theme") == "dark", "the dark theme is not kept")
    page.locator(f"input[name=language][value={other}]").check()
    expect(page.locator("html")).to_have_attribute("lang", other)
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", other)
    must(page.locator("html").get_attribute("data-theme") == "dark", "the theme is forgotten")
    page.locator(f"input[name=language][value={web.language}]").check()
    web.says("h1", "settings.title")
    page.locator("input[name=theme][value=auto]").check()


def erase(web: Watched) -> None:
    """Deletes the oldest song of the list, after thinking better of it once."""
    page = web.page
    page.goto(web.address + "/#/songs")
    songs = page.locator(".song")
    web.see(".song")
    web.picture("songs")
    many = songs.count()
    songs.last.get_by_role("button").click()
    web.see("dialog[open]")
    web.picture("delete")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    must(songs.count() == many, "a song was deleted although nobody agreed")
    songs.last.get_by_role("button").click()
    page.locator("dialog button[value=yes]").click()
    web.until("the song is gone", lambda: songs.count() == many - 1)


def out_and_in(web: Watched, address: str, password: str, sign: str) -> None:
    """Logs out, fails to log in, and logs in again: `sign` is seen."""
    page = web.page
    page.goto(web.address + "/#/settings")
    page.click("#sign-out")
    web.see("#form-register")
    page.click("[data-mode=login]")
    page.fill("[name=email]", address)
    page.fill("[name=password]", password + "x")
    with web.allowing(401):
        page.click("#form-login button[type=submit]")
        told = web.see("#form-login .trouble, #form-login .wrong:visible").inner_text()
    in_language(web, told, "the fault")
    web.picture("login-wrong")
    page.fill("[name=password]", password)
    page.click("#form-login button[type=submit]")
    web.see(sign)
    must(page.evaluate("document.body.innerHTML.includes('<img src=\"x\"')") is False, "a name became HTML")


def tab_through(web: Watched, least: int) -> None:
    """Every stop of the Tab key on the page can be seen and has a name, and there are at least so many."""
    page = web.page
    page.evaluate("document.activeElement.blur()")
    names = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate("""() => {
            const at = document.activeElement;
            if (!at || at === document.body) return null;
            // A radio has its ring around its label, a link over a whole row around the row.
            const ringed = at.type === 'radio' ? at.nextElementSibling : at;
            const isRinged = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
            const ring = isRinged(getComputedStyle(ringed)) || isRinged(getComputedStyle(ringed, '::after'));
            const name = at.getAttribute('aria-label') || at.innerText || at.labels?.[0]?.innerText || '';
            return { tag: at.tagName, id: at.id, name: name.trim(), ring };
        }""")
        if stop is None:
            break
        must(stop["name"] != "", f"a stop of the Tab key has no name: {stop}")
        must(stop["ring"], f"the focus cannot be seen on {stop}")
        names.append(stop["name"])
    must(len(names) >= least, f"the Tab key stops at {names}")


class Walk:
    """Steps in one language, each with its name and how long it took; an error of the page ends it."""

    def __init__(self, web: Watched, options: argparse.Namespace, folder: Path):
        self.web = web
        self.options = options
        self.folder = folder
        self.other = {"en": "ko", "ko": "en"}[web.language]

    def step(self, title, work, *arguments):
        began = time.monotonic()
        result = work(self.web, *arguments)
        must(not self.web.errors, f"{title}: {self.web.errors}")
        print(f"  {self.web.language}  {title:<34} {time.monotonic() - began:6.1f} s", flush=True)
        return result


def run(walk, parser: argparse.ArgumentParser) -> int:
    """Calls `walk` with a Walk in every language; gives the status of the program."""
    parser.add_argument("address")
    parser.add_argument("--chromium", required=True)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--languages", default="en,ko")
    parser.add_argument("--seconds", type=int, default=300)
    options = parser.parse_args()
    for old in options.pictures.glob("*.png"):
        old.unlink()
    status = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
        for language in options.languages.split(","):
            context = browser.new_context(
                locale={"en": "en-US", "ko": "ko-KR"}[language], timezone_id="Asia/Seoul", viewport={"width": 1280, "height": 800}, accept_downloads=True)
            web = Watched(context, options.address, language, options.pictures, options.seconds)
            faults = []
            try:
                with tempfile.TemporaryDirectory() as name:
                    walk(Walk(web, options, Path(name)))
            except Exception as error:
                web.page.screenshot(path=options.pictures / f"{language}-fault.png", full_page=True)
                faults.append(str(error) if isinstance(error, Fault) else traceback.format_exc())
            for fault in faults + web.verdict():
                print(f"  {language}  FAULT {fault}", file=sys.stderr)
                status = 1
            context.close()
        browser.close()
    print(f"{len(list(options.pictures.glob('*.png')))} pictures in {options.pictures}: {'as it should be' if status == 0 else 'NOT as it should be'}")
    return status
