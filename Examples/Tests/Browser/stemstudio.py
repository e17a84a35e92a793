"""Walks through StemStudio as a person does: sign up, hand in a song, listen, download, buy, look back, leave."""

import argparse
import contextlib
import json
import secrets
import sys
import urllib.request
import zipfile
from pathlib import Path

from browser import Watched, must
from listening import STEMS, keyboard_only, listen, stream
from steps import Walk, be_declined, erase, in_language, out_and_in, register, renew, run, settings, watch_job

BALANCE = "#balance:not([hidden])"
ODD_NAME = "<img src=x onerror=alert(1)> & 곡.flac"


def sign_up(web: Watched) -> tuple[str, str]:
    known = register(web)
    web.until("the balance is 3", lambda: float(web.data("#balance", "available") or 0) == 3)
    web.says("#balance", "credits.other", n=3)
    return known


def hand_in(web: Watched, song: Path) -> None:
    page = web.page
    web.picture("songs-empty")
    with page.expect_file_chooser() as chooser:
        page.click(".zone label")
    chooser.value.set_files(song)
    web.see("#cost", 60)
    must(float(web.data("#cost", "cost")) > 0, "no price is shown before paying")
    must(float(web.data("#balance", "available")) == 3, "credits were taken before the price was agreed to")
    web.picture("price")
    page.locator("input[value=wav]").check()
    web.see("#cost")
    page.locator("input[value=flac]").check()
    web.until("the price is agreed on again", lambda: page.locator("#order-go").get_attribute("aria-disabled") == "false")
    page.click("#order-go")
    watch_job(web)
    web.until("the hold was captured", lambda: float(web.data("#balance", "available")) < 3)


def unpack(web: Watched, folder: Path, stems: list[str]) -> None:
    with web.page.expect_download(timeout=60_000) as found:
        web.page.click("#download")
    path = folder / "stems.zip"
    found.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        must(archive.testzip() is None, "the zip is damaged")
        names = archive.namelist()
        must(len(names) == len(set(names)) and all(any(stem in name for name in names) for stem in stems), f"the zip holds {names}")
        for name in names:
            if name.endswith(".flac"):
                must(archive.read(name)[:4] == b"fLaC", f"{name} is no FLAC")


def download(web: Watched, folder: Path) -> None:
    page = web.page
    unpack(web, folder, STEMS)
    with page.expect_download(timeout=60_000) as found:
        page.click(".lane.vocals .save")
    found.value.save_as(folder / "vocals.flac")
    must((folder / "vocals.flac").read_bytes()[:4] == b"fLaC", "the stem is no FLAC")


def buy(web: Watched) -> None:
    page = web.page
    before = float(web.data("#balance", "available"))
    page.click("header nav a[href='#/credits']")
    web.see("[data-package]")
    web.picture("credits")
    page.locator("[data-package]").first.click()
    page.wait_for_url(lambda url: not url.startswith(web.address), timeout=20_000)
    must(page.get_by_role("button", name="card", exact=True).count() == 1, f"the checkout at {page.url} has no button named card")
    page.get_by_role("button", name="card", exact=True).click()
    page.wait_for_url(lambda url: url.startswith(web.address), timeout=20_000)
    web.see(".landing")
    web.see(".landing[data-status=paid]", 60)
    web.says(".landing", "landing.paid")
    web.until("the balance rose", lambda: float(web.data("#balance", "available")) > before)
    must("purchase=" not in page.url, "the address still names the purchase")
    web.until("the purchase is in the history", lambda: page.locator("#history .plus").count() >= 2)
    must(page.locator("#history tbody tr").count() >= 3, "the history is too short")
    web.picture("credits-paid")
    with page.expect_download() as found:
        page.click("#csv")
    text = Path(found.value.path()).read_text()
    must(text.count("\n") >= 3 and "," in text.split("\n")[0], f"the history as CSV is {text[:80]!r}")


def turn_back(web: Watched) -> None:
    """A buyer who leaves the checkout is told that nothing was charged."""
    page = web.page
    page.locator("[data-package]").first.click()
    page.wait_for_url(lambda url: not url.startswith(web.address), timeout=20_000)
    page.go_back()
    web.says(".landing[data-status=left]", "landing.left")
    must(page.locator("[data-package]").first.get_attribute("aria-disabled") is None, "a package cannot be bought any more")


def decline(web: Watched) -> None:
    """A buyer whose card is declined hears it at the checkout, and goes back without credits and without a charge."""
    page = web.page
    before = web.data("#balance", "available")
    page.locator("[data-package]").first.click()
    page.wait_for_url(lambda url: not url.startswith(web.address), timeout=20_000)
    be_declined(web)
    page.get_by_role("link", name="Back", exact=True).click()
    page.wait_for_url(lambda url: url.startswith(web.address), timeout=20_000)
    web.says(".landing[data-status=left]", "landing.left")
    must(web.data("#balance", "available") == before, "a declined card changed the balance")
    web.picture("credits-declined")


def fail(web: Watched, folder: Path) -> None:
    """A file that is no sound is refused or fails, in the person's language, and its name stays text."""
    page = web.page
    broken = folder / "x"
    broken.write_bytes(b"fLaC" + secrets.token_bytes(20_000))
    page.click("header nav a[href='#/songs']")
    web.see(".zone")
    before = float(web.data("#balance", "available"))
    with web.allowing(400, 409, 413, 415, 422):
        page.set_input_files("#order input[type=file]", {"name": "corrupt " + ODD_NAME, "mimeType": "audio/flac", "buffer": broken.read_bytes()})
        web.see("#order .trouble, #cost", 60)
        if page.locator("#order .trouble:visible").count() == 0:
            must(ODD_NAME in page.locator("#order .name").inner_text(), "the name of the file is not shown as it is")
            web.until("the order can be made", lambda: page.locator("#order-go").get_attribute("aria-disabled") == "false")
            page.click("#order-go")
            web.see("#reason", web.seconds)
            place = "#reason"
        else:
            place = "#order .trouble"
        told = page.locator(place).inner_text()
        must(len(told) > 10, "nothing says why it failed")
        in_language(web, told, "the reason")
        web.picture("failed")
    web.until("nothing was paid", lambda: float(web.data("#balance", "available")) == before, 15)


def stop_upload(web: Watched, song: Path) -> None:
    """An upload can be stopped in the middle, and one that was not ordered outlives a reload."""
    page = web.page
    page.goto(web.address + "/#/songs")
    web.see(".zone")
    held = []
    page.route("**/upload?*", lambda route: held.append(route))
    page.set_input_files("#order input[type=file]", song)
    web.see("#upload-cancel")
    page.click("#upload-cancel")
    web.see(".zone")
    for route in held:
        with contextlib.suppress(Exception):
            route.abort()
    page.unroute("**/upload?*")
    must(page.locator("#order .trouble:visible").count() == 0, "stopping an upload looks like a failure")
    page.set_input_files("#order input[type=file]", song)
    web.see("#cost", 60)
    page.reload()
    web.see("#cost")
    must(song.name in page.locator("#order .name").inner_text(), "a song that awaits its price is forgotten")
    page.get_by_role("button", name=web.text("price.discard")).click()
    web.see(".zone")


def with_model(web: Watched, song: Path, folder: Path) -> None:
    """The models of the host are offered with their stems and prices; the one with the most stems is ordered."""
    page = web.page
    with urllib.request.urlopen(web.address + "/works") as answer:
        offers = next(work["offers"] for work in json.load(answer)["items"] if work["standard"])
    models = {offer["model"]: offer for offer in offers if offer["model"]}
    must(len(models) > 0, "the host has no models: start it with MODELS")
    page.goto(web.address + "/#/songs")
    with web.allowing(503):
        page.route("**/works", lambda route: route.fulfill(status=503))
        page.reload()
        page.set_input_files("#order input[type=file]", song)
        web.see("#cost", 60)
        must(page.locator("[data-option=model]").count() == 0, "models are offered although the host does not tell them")
        must(page.locator("[data-option=stems] input").count() == 2, "a host that does not tell its models sells nothing else either")
        page.unroute("**/works")
    page.reload()
    ways = page.locator("[data-option=model] input")
    web.see("[data-option=model]")
    must([way.get_attribute("value") for way in ways.all()] == ["", *models], "not every model is offered, or others are")
    must(ways.first.is_checked(), "a model is chosen before anybody chose it")
    for name, offer in models.items():
        page.locator(f"[data-option=model] input[value={name}]").check()
        web.until(f"{name} has its price", lambda: web.data("#cost", "cost") != "" and web.number("#cost", "cost") == float(offer["prices"][0]["price"]))
        told = page.locator(f"[data-option=model] input[value={name}] + label small").inner_text()
        must(all(web.text(f"stem.{stem}") in told for stem in offer["stems"]), f"{name} is described by {told}")
        values = [way.get_attribute("value") for way in page.locator("[data-option=stems] input").all()]
        two = [option for option in offer["options"] if option["name"] == "stems" and "2" in option["values"]]
        must(values == (["", "2"] if two else [""]), f"{name} offers the stems {values}")
    web.picture("models")
    name, offer = max(models.items(), key=lambda pair: len(pair[1]["stems"]))
    page.locator(f"[data-option=model] input[value={name}]").check()
    price = float(offer["prices"][0]["price"])
    web.until("the price is that of the model", lambda: web.number("#cost", "cost") == price)
    web.until("the price is agreed on", lambda: page.locator("#order-go").get_attribute("aria-disabled") == "false")
    page.click("#order-go")
    watch_job(web, is_pictured=True)
    must(page.locator(".lane").count() == len(offer["stems"]) + 1, "the player does not have a lane for every stem of the model")
    unpack(web, folder, offer["stems"])


def leave(web: Watched, address: str, password: str) -> None:
    erase(web)
    out_and_in(web, address, password, BALANCE)


def walk(way: Walk) -> None:
    song, folder = way.options.song, way.folder
    address, password = way.step("sign up", sign_up)
    way.step("hand in, price, pay, progress", hand_in, song)
    way.step("play, mute, solo, compare, move", listen, "decoded")
    way.step("download zip and stem", download, folder)
    way.step("buy, land, history, CSV", buy)
    way.step("leave the checkout", turn_back)
    way.step("a declined card", decline)
    way.step("a file that is no sound", fail, folder)
    way.step("stop an upload", stop_upload, song)
    way.step("renew tokens", renew, BALANCE)
    way.step("stream", stream)
    way.step("Tab through the player", keyboard_only)
    if way.options.models:
        way.step("order with a model", with_model, song, folder)
    way.step("settings", settings, way.other)
    way.step("delete, log out, log in", leave, address, password)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--song", type=Path, required=True)
    parser.add_argument("--models", action="store_true")
    sys.exit(run(walk, parser))
