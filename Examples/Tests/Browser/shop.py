"""What the steps through SongShop share: the song that is shown, the server asked as by a program, the way to the checkout and back."""

import json
import urllib.error
import urllib.parse
import urllib.request

from browser import Watched
from steps import access


def job(web: Watched) -> str:
    """The song whose page is shown."""
    return web.page.url.rsplit("/", 1)[1]


def ask(web: Watched, what: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict]:
    """Asks the server as a program does."""
    request = urllib.request.Request(web.address + what, method=method, headers={"Authorization": f"Bearer {access(web)}", **headers})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def slide(web: Watched, seconds: int) -> None:
    """Moves the slider of the length by its keys to at least so many seconds."""
    page = web.page
    page.focus("[name=length]")
    page.keyboard.press("Home")
    for _ in range(200):
        if int(page.input_value("[name=length]")) >= seconds:
            return
        page.keyboard.press("ArrowRight")


def to_checkout(web: Watched) -> None:
    page = web.page
    page.click("#pay")
    page.wait_for_url(lambda url: not url.startswith(web.address), timeout=20_000)


def checkout(web: Watched) -> str:
    """The checkout whose page is shown."""
    return urllib.parse.urlsplit(web.page.url).path.rsplit("/", 1)[1]


def pay(web: Watched, how: str = "card") -> None:
    """Pays at the checkout, and comes back."""
    web.page.get_by_role("button", name=how, exact=True).click()
    web.page.wait_for_url(lambda url: url.startswith(web.address), timeout=20_000)


def receipts(web: Watched) -> list[dict]:
    return json.loads(ask(web, "/api/v1/receipts")[1])["items"]
