"""What goes wrong around SongShop: sessions that lapse, disputes, programs that fail, money that takes days; and a shop that sells nothing."""

import contextlib
import json
import os
import secrets
import urllib.request
from pathlib import Path

from bank import Bank
from browser import Watched, must
from shop import ask, checkout, job, pay, slide, to_checkout
from steps import access, in_language


def lapse(web: Watched, address: str, password: str) -> str:
    """Whoever pays while the session ends logs in again, and is where the song is, which is paid. Gives the name of the checkout."""
    page = web.page
    song = job(web)
    web.says("#purchase", "purchase.again")
    token, refresh = access(web), page.evaluate(f"localStorage.getItem('{web.host}.refresh')")
    to_checkout(web)
    session = checkout(web)
    body = json.dumps({"refresh_token": refresh}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(web.address + "/auth/logout", data=body, headers=headers)).close()
    with web.allowing(401):
        pay(web)
        web.see("#form-login")
        web.says(".notice", "error.signedOut")
    web.picture("lapsed")
    page.fill("[name=email]", address)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    web.see(".landing[data-status=paid]", 60)
    web.see("#download")
    must(job(web) == song, "the login leads elsewhere")
    return session


def dispute(web: Watched, session: str, bank: Bank) -> None:
    """The bank takes the money back; the webhook tells it, one tab shows it at the next look, the other refuses its click."""
    page = web.page
    web.see("#download")
    other = Watched(page.context, web.address, web.language, web.pictures, web.seconds)
    other.texts = web.texts
    other.page.goto(page.url)
    other.see("#download")
    till = page.context.new_page()
    till.goto(f"{bank.address}/pay/{session}")
    till.get_by_role("button", name="dispute", exact=True).click()
    till.close()
    web.until("the webhook tells of the dispute", lambda: json.loads(ask(web, f"/api/v1/status/{job(web)}")[1])["payment"] == "disputed", 20)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    web.says("#revoked", "purchase.disputed")
    must(page.locator(".landing").count() == 0, "the thanks for the payment outlive it")
    must(page.locator("#download, #pay").count() == 0, "what is disputed can be downloaded or bought again")
    web.picture("disputed")
    with other.allowing(402):
        other.page.click("#download")
        other.says("#purchase .trouble", "refusal.disputed")
    other.says("#revoked", "purchase.disputed")
    must(not other.errors, f"the other tab: {other.errors}")
    other.page.close()
    status, body, _ = ask(web, f"/api/v1/download/{job(web)}")
    must((status, json.loads(body)["code"]) == (402, "payment_revoked"), f"what is disputed is answered with {status} {body[:200]}")


@contextlib.contextmanager
def broken(program: Path):
    """Instead of the program that makes songs there is one that ends by its own fault."""
    kept = program.with_name(program.name + ".kept")
    os.rename(program, kept)
    try:
        program.write_text("#!/bin/sh\nkill -SEGV $$\n")
        program.chmod(0o755)
        yield
    finally:
        os.replace(kept, program)


def short_song(web: Watched, prompt: str) -> None:
    page = web.page
    page.goto(web.address + "/#/songs")
    web.see("#form-compose")
    page.fill("[name=prompt]", prompt)
    slide(web, 10)
    page.click("#form-compose button[type=submit]")


def fail(web: Watched, program: Path) -> None:
    """A song that cannot be made says why, in the person's language, and costs nothing; tried again it is made."""
    page = web.page
    with broken(program):
        short_song(web, "A song that fails")
        told = web.see("#reason", 30).inner_text()
    in_language(web, told, "the reason")
    must(len(told) > 10 and "file" not in told and "크레딧" not in told, f"a song that failed says {told!r}")
    web.says(".card.end h2", "song.failed")
    web.picture("failed")
    page.click("#retry")
    web.see(".player[data-ready=true]", web.seconds)
    web.says("#purchase", "purchase.first")


def wait(web: Watched) -> None:
    """Whoever pays in a way that takes days is not asked to pay again, also after a reload, and not told that nothing was charged."""
    page = web.page
    to_checkout(web)
    pay(web, "delayed-success")
    web.see(".landing[data-status=pending]")
    page.reload()
    web.see(".landing[data-status=pending], .landing[data-status=slow]")
    web.says(".landing[data-status=slow]", "landing.slow", 20)
    web.says("#processing", "purchase.processingText")
    must(page.locator("#pay, #download").count() == 0, "money that is on its way is asked for again")
    page.click("#look")
    web.says("#purchase .trouble", "purchase.stillPending")
    web.picture("processing")
    status, body, _ = ask(web, f"/api/v1/checkout/{job(web)}", "POST")
    told = json.loads(body)
    must((status, told["checkout_url"], told["processing"]) == (201, None, True), f"a second checkout is answered with {status} {told}")


def free(web: Watched, address: str, folder: Path) -> None:
    """A shop that sells nothing says so everywhere, and hands songs out unpaid, under the names of their prompts."""
    other = Watched(web.page.context, address, web.language, web.pictures, web.seconds)
    page = other.page
    other.open("/")
    other.says("#welcome-price", "welcome.allFree")
    other.says("#welcome-three", "welcome.threeFree")
    other.picture("free-welcome")
    page.fill("[name=email]", f"walker-{secrets.token_hex(6)}@example.com")
    page.fill("[name=password]", secrets.token_urlsafe(12))
    page.keyboard.press("Enter")
    other.see("#form-compose")
    other.says("#compose-price", "compose.allFree")
    must(page.locator("header nav a[href='#/receipts']").count() == 0, "a shop that sells nothing has receipts")
    short_song(other, "A free song")
    other.says("#free", "purchase.freeText", web.seconds)
    must(page.locator("#pay, #price").count() == 0, "what is free has a price")
    with page.expect_download(timeout=60_000) as found:
        page.click("#download")
    found.value.save_as(folder / "free")
    file = json.loads(ask(other, f"/api/v1/status/{job(other)}")[1])["file"]
    must((folder / "free").stat().st_size == file["size"], "the free song is not whole")
    must(found.value.suggested_filename.startswith("A free song."), f"the free song is called {found.value.suggested_filename}")
    other.picture("free")
    must(not other.verdict(), f"the shop that sells nothing: {other.verdict()}")
    page.close()
