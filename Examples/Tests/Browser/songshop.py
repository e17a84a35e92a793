"""Walks through SongShop as a person does: sign up, ask for a song, hear it, pay, take it home, get the money back, leave."""

import argparse
import hashlib
import json
import sys
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import trouble
from bank import Bank
from browser import Watched, must
from shop import ask, checkout, job, pay, receipts, slide, to_checkout
from steps import Walk, be_declined, erase, out_and_in, register, renew, run, settings, tab_through, watch_job

ODD_PROMPT = "<img src=x onerror=alert(1)> & 바닷가의 아침"
ROW = ".song"


def sign_up(web: Watched) -> tuple[str, str]:
    known = register(web)
    web.see("#form-compose")
    web.says(".empty", "songs.empty")
    return known


def compose(web: Watched) -> None:
    page = web.page
    web.picture("compose")
    page.click("#form-compose button[type=submit]")
    web.says(".wrong:visible", "wrong.prompt")
    must(page.evaluate("document.activeElement.name") == "prompt", "the focus is not where the fault is")
    page.fill("[name=prompt]", ODD_PROMPT)
    must(web.data("#counter", "length") == str(len(ODD_PROMPT)), "the letters are not counted")
    first = page.input_value("[name=seed]")
    page.click("#dice")
    must(page.input_value("[name=seed]") != first, "the dice always fall the same way")
    page.fill("[name=seed]", "many")
    page.click("#form-compose button[type=submit]")
    web.says(".wrong:visible", "wrong.seed")
    page.fill("[name=seed]", "42")
    page.locator("input[data-option=style]").nth(1).check()
    style = page.locator("input[data-option=style]:checked").get_attribute("value")
    slide(web, 60)
    page.locator("input[data-option=format]").first.check()
    web.picture("compose-filled")
    page.reload()
    web.see("#form-compose")
    must(page.input_value("[name=prompt]") == ODD_PROMPT and page.input_value("[name=seed]") == "42", "a reload forgets the draft")
    page.click("#form-compose button[type=submit]")
    watch_job(web)
    told = page.locator("#song-facts").inner_text()
    must("42" in told and web.texts.get(f"style.{style}", style) in told, f"the song is told as {told}")
    must(page.locator("h1").inner_text() == ODD_PROMPT, "the words of the song are not shown as they are")
    must(any(line.endswith("/events") for line in web.asked), "nobody listened to events")


def listen(web: Watched) -> None:
    """Hears the excerpt before paying, and moves in it by mouse and keys."""
    page = web.page
    canvas = page.locator(".player canvas")
    web.until("the waveform is there", lambda: int(canvas.get_attribute("data-points") or 0) > 100)
    drawn = page.evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value)", canvas.element_handle())
    must(drawn, "the waveform is empty")
    length = web.number(".player", "duration")
    must(15 < length < 31.5, f"the excerpt lasts {length} s")
    page.click("#play")
    web.until("the excerpt plays", lambda: web.number(".player", "position") > 0.4, 15)
    first = web.number(".player", "position")
    began = time.monotonic()
    page.wait_for_timeout(1000)
    moved, waited = web.number(".player", "position") - first, time.monotonic() - began
    must(0.6 < moved / waited < 1.4, f"the excerpt moved {moved:.2f} s in {waited:.2f} s")
    page.click("#play")
    web.until("the excerpt rests", lambda: web.data(".player", "playing") == "false")

    def at(wanted: float, how: str) -> None:
        web.until(f"{how} goes to {wanted:.1f} s", lambda: abs(web.number(".player", "position") - wanted) < 0.35)

    slider = page.locator(".wave[role=slider]")
    slider.focus()
    page.keyboard.press("Home")
    at(0, "the key Home")
    page.keyboard.press("ArrowRight")
    at(5, "the right arrow")
    start = float(web.data(".player", "start") or 0)
    must(abs(float(slider.get_attribute("aria-valuenow")) - start - 5) < 1, "the slider does not say where in the song it is")
    page.keyboard.press("End")
    at(length, "the key End")
    box = slider.bounding_box()
    share = (start + length / 2) / float(slider.get_attribute("aria-valuemax"))
    page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
    at(length / 2, "a click")
    page.keyboard.press("Space")
    web.until("the space bar plays", lambda: web.data(".player", "playing") == "true")
    web.picture("player")
    page.keyboard.press("Space")
    web.until("the space bar rests", lambda: web.data(".player", "playing") == "false")


def unpaid(web: Watched) -> None:
    """Nothing is handed out before it is paid, and the page says what is to be paid."""
    page = web.page
    must(page.locator("#download").count() == 0, "what is not paid can be downloaded")
    web.says("#purchase", "purchase.first")
    price = web.see("#price").inner_text()
    must(price in page.locator("#pay").inner_text(), "the button does not say the price")
    status, body, _ = ask(web, f"/api/v1/download/{job(web)}")
    problem = json.loads(body)
    must((status, problem["code"]) == (402, "payment_required"), f"what is not paid is answered with {status} {problem}")
    must(problem["price"]["text"] == price, "the refusal names another price")


def turn_back(web: Watched) -> None:
    """A buyer who leaves the checkout is told that nothing was charged, and can go on."""
    to_checkout(web)
    web.page.go_back()
    web.says(".landing[data-status=left]", "landing.left")
    web.says("#pay", "purchase.goOn")
    web.page.click("#look")
    web.says("#purchase .trouble", "purchase.stillPending")
    web.picture("left")


def decline(web: Watched) -> None:
    """A buyer whose card is declined hears it at the checkout, and who goes back gets nothing and is charged nothing."""
    page = web.page
    to_checkout(web)
    be_declined(web)
    page.get_by_role("link", name="Back", exact=True).click()
    page.wait_for_url(lambda url: url.startswith(web.address), timeout=20_000)
    web.says(".landing[data-status=left]", "landing.left")
    web.says("#pay", "purchase.goOn")
    must(page.locator("#download").count() == 0, "a declined card opened the download")
    web.picture("declined")


def buy(web: Watched, bank: Bank) -> str:
    """Is declined, pays with another card, comes back, waits, and finds the download open. Gives the name of the checkout."""
    page = web.page
    page.reload()
    web.see("#pay")
    to_checkout(web)
    session = checkout(web)
    be_declined(web)
    pay(web)
    web.see(".landing[data-status=paid]", 60)
    web.says(".landing", "landing.paid")
    web.see("#download")
    bank.charged_once(session)
    must([one["status"] for one in receipts(web)] == ["paid"], f"the receipts are {receipts(web)}")
    must("?" not in page.url, "the address still says that it was paid")
    must(web.data(".player", "ready") == "true" or web.see(".player[data-ready=true]"), "the excerpt is gone")
    web.see("#until")
    web.picture("paid")
    return session


def download(web: Watched, folder) -> None:
    """The file is what the status says, byte for byte, and a download that broke off goes on."""
    page = web.page
    with page.expect_download(timeout=60_000) as found:
        page.click("#download")
    path = folder / "song"
    found.value.save_as(path)
    data = path.read_bytes()
    _, body, _ = ask(web, f"/api/v1/status/{job(web)}")
    file = json.loads(body)["file"]
    must(len(data) == file["size"] and hashlib.sha256(data).hexdigest() == file["sha256"], "the file is not what the status says")
    name, kind = found.value.suggested_filename, file["name"].rsplit(".", 1)[1]
    must("바닷가의 아침" in name and name.endswith(f".{kind}"), f"the file of {ODD_PROMPT} is called {name}")
    page.locator("#purchase summary").click()
    must(page.locator("#sha256").inner_text() == file["sha256"], "the page shows another checksum")
    address = web.page.locator("#download").get_attribute("href")
    with urllib.request.urlopen(urllib.request.Request(web.address + address, headers={"Range": "bytes=1000-"})) as answer:
        must(answer.status == 206 and answer.read() == data[1000:], "the rest is not the rest")


def in_words(web: Watched) -> None:
    """What stands in the way of a download is told in words: an outage, files that left, and a day that comes near."""
    page = web.page
    here = page.url
    for status, key, values in ((503, "refusal.wait.other", {"n": 7}), (410, "refusal.gone", {})):
        problem = json.dumps({"code": {503: "unavailable", 410: "gone"}[status], "detail": "x", "status": status})
        page.route("**/api/v1/download/**", lambda route: route.fulfill(status=status, headers={"Retry-After": "7"}, content_type="application/problem+json", body=problem))
        with web.allowing(status):
            page.click("#download")
            web.says("#purchase .trouble", key, **values)
            web.picture(f"refused-{status}")
        page.unroute("**/api/v1/download/**")

    def changed(**figures):
        def fulfil(route):
            answer = route.fetch()
            route.fulfill(response=answer, json=answer.json() | figures)
        page.route("**/api/v1/status/**", fulfil)
        page.goto(web.address + "/#/settings")
        web.see("#sign-out")
        page.goto(here)

    soon = (datetime.now(timezone.utc) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    changed(expires_at=soon)
    web.see("#soon")
    web.picture("soon")
    page.unroute("**/api/v1/status/**")
    changed(preview_url=None, waveform_url=None, download_url=None, file=None)
    web.says("#purchase", "purchase.gone")
    must(page.locator("#download, #pay, .player").count() == 0, "what is gone can be heard or bought")
    web.picture("gone")
    page.unroute("**/api/v1/status/**")
    page.goto(web.address + "/#/settings")
    web.see("#sign-out")
    page.goto(here)
    web.see("#download")


def receipt(web: Watched, status: str) -> None:
    page = web.page
    here = page.url
    page.click("header nav a[href='#/receipts']")
    web.see(f"#receipts tr[data-status={status}]")
    web.says(f"#receipts tr[data-status={status}]", f"purchase.is.{status}")
    web.picture(f"receipts-{status}")
    page.goto(here)
    web.see("#purchase")


def refund(web: Watched, session: str, bank: Bank) -> None:
    """The money goes back at the provider; the download that was open is refused at its next click, in words."""
    page = web.page
    bank.refund(session)
    web.see("#download")
    with web.allowing(402):
        page.click("#download")
        web.says("#purchase .trouble", "refusal.revoked")
    web.until("the page knows of the refund", lambda: page.locator("#revoked").count() == 1 or (page.reload(), page.wait_for_timeout(500))[0], 20)
    web.says("#revoked", "purchase.refunded")
    must(page.locator("#download").count() == 0, "what was refunded can be downloaded")
    status, answer, _ = ask(web, f"/api/v1/download/{job(web)}")
    must((status, json.loads(answer)["code"]) == (402, "payment_revoked"), f"what was refunded is answered with {status} {answer[:200]}")
    web.picture("refunded")


def give_up(web: Watched) -> None:
    """A song without events is followed by asking; one that is not wanted any more is cancelled, and tried again."""
    page = web.page
    page.click("#start-from")
    web.see("#form-compose")
    must(page.input_value("[name=prompt]") == ODD_PROMPT and page.input_value("[name=seed]") == "42", "the new song does not begin as the old one")
    page.focus("[name=length]")
    page.keyboard.press("End")
    page.click("#form-compose button[type=submit]")
    web.see("#job-cancel", 30)
    page.goto(web.address + "/#/songs")
    web.see(f"{ROW}[data-status=queued], {ROW}[data-status=processing]")
    page.locator(f"{ROW} a").first.click()
    page.click("#job-cancel")
    web.says(".card.end h2", "song.cancelled", 30)
    web.picture("cancelled")
    page.route("**/job/*/events*", lambda route: route.fulfill(status=503))
    with web.allowing(503):
        page.click("#retry")
        web.see("#progress", 30)
        before = len(web.asked)
        web.until("the page asks", lambda: any("/api/v1/status/" in line for line in web.asked[before:]), 15)
        web.see("#progress, .player")
        if page.locator("#job-cancel").count():
            page.click("#job-cancel")
        web.see(".card.end h2, .player", 30)
    page.unroute("**/job/*/events*")


def songs(web: Watched) -> None:
    """The list of songs comes page by page."""
    page = web.page
    page.route("**/api/v1/songs?*", lambda route: route.continue_(url=route.request.url.replace("limit=20", "limit=1")))
    page.goto(web.address + "/#/songs")
    web.see(ROW)
    must(page.locator(ROW).count() == 1, "a page is longer than asked for")
    page.click(".more")
    web.until("the next page is there", lambda: page.locator(ROW).count() == 2)
    must(page.evaluate("document.activeElement.closest('.song') !== null"), "the focus is not on the next page")
    page.unroute("**/api/v1/songs?*")


def keyboard_only(web: Watched) -> None:
    page = web.page
    page.goto(web.address + "/#/songs")
    web.see("#form-compose")
    tab_through(web, 12)
    page.locator(f"{ROW}[data-payment=disputed] a").click()
    web.see(".player[data-ready=true]", 60)
    tab_through(web, 5)


def leave(web: Watched, address: str, password: str) -> None:
    erase(web)
    out_and_in(web, address, password, "#form-compose")


def walk(way: Walk) -> None:
    bank = Bank(way.options.stripe, way.options.stripe_key)
    address, password = way.step("sign up", sign_up)
    way.step("ask for a song, progress", compose)
    way.step("hear it before paying", listen)
    way.step("pay first", unpaid)
    way.step("leave the checkout", turn_back)
    way.step("a declined card", decline)
    session = way.step("declined, pay, land", buy, bank)
    way.step("download", download, way.folder)
    way.step("refusals in words, the last days", in_words)
    way.step("receipt", receipt, "paid")
    way.step("the money goes back", refund, session, bank)
    way.step("receipt of the refund", receipt, "refunded")
    session = way.step("the session lapses while paying", trouble.lapse, address, password)
    way.step("a dispute, told in two tabs", trouble.dispute, session, bank)
    way.step("follow without events, cancel", give_up)
    if way.options.program:
        way.step("a song that cannot be made", trouble.fail, way.options.program)
        if way.web.language == "en":
            way.step("money that takes days", trouble.wait)
    if way.options.free and way.web.language == "en":
        way.step("where nothing is sold", trouble.free, way.options.free, way.folder)
    way.step("the songs, page by page", songs)
    way.step("renew tokens", renew, "#form-compose, #who")
    way.step("Tab through the pages", keyboard_only)
    way.step("settings", settings, way.other)
    way.step("delete, log out, log in", leave, address, password)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stripe", required=True, help="the scripted Stripe, at which money is given back")
    parser.add_argument("--stripe-key", required=True, help="its secret key")
    parser.add_argument("--program", type=Path, help="the program of the host, which the walk may put aside for a moment")
    parser.add_argument("--free", help="another SongShop, where nothing is sold")
    sys.exit(run(walk, parser))
