"""The player as a person uses it: what is heard, where the song is, by mouse and by keys."""

import time

from browser import Fault, Watched, must
from steps import tab_through

STEMS = ["vocals", "drums", "bass", "other"]


def gains(web: Watched) -> dict[str, str]:
    return {stem: web.data(f".lane.{stem}", "gain") for stem in ["mixture", *STEMS]}


def heard(web: Watched, *stems: str) -> None:
    wanted = {stem: "1.00" if stem in stems else "0.00" for stem in ["mixture", *STEMS]}
    try:
        web.until(f"{stems} are heard", lambda: gains(web) == wanted)
    except Fault as fault:
        raise Fault(f"{fault}; heard: {gains(web)}") from None


def listen(web: Watched, engine: str) -> None:
    page = web.page
    must(web.data(".player", "engine") == engine, f"the player is {web.data('.player', 'engine')}, not {engine}")
    for stem in ["mixture", *STEMS]:
        must(int(web.data(f".lane.{stem} canvas", "points") or 0) > 100, f"no waveform of {stem}")
        drawn = page.evaluate(
            "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value)",
            page.locator(f".lane.{stem} canvas").element_handle())
        must(drawn, f"the waveform of {stem} is empty")
    page.click("#play")
    web.until("the song plays", lambda: web.number(".player", "position") > 0.4, 15)
    first = web.number(".player", "position")
    began = time.monotonic()
    page.wait_for_timeout(1000)
    moved, waited = web.number(".player", "position") - first, time.monotonic() - began
    must(0.6 < moved / waited < 1.4, f"the song moved {moved:.2f} s in {waited:.2f} s")
    heard(web, *STEMS)
    page.click(".lane.drums [data-act=mute]")
    heard(web, "vocals", "bass", "other")
    page.click(".lane.vocals [data-act=solo]")
    heard(web, "vocals")
    must(page.locator(".lane.vocals [data-act=solo]").get_attribute("aria-pressed") == "true", "solo does not say that it is on")
    page.click(".lane.vocals [data-act=solo]")
    page.click("[data-side=mixture]")
    heard(web, "mixture")
    page.click("[data-side=stems]")
    page.click(".lane.drums [data-act=mute]")
    heard(web, *STEMS)
    move(web)


def move(web: Watched) -> None:
    """Moves in the song by click, drag and keys, and uses the keys of the player."""
    page = web.page
    page.click("#play")
    web.until("the song rests", lambda: web.data(".player", "playing") == "false")
    length = web.number(".player", "duration")
    wave = page.locator(".lane.bass .wave")
    box = wave.bounding_box()

    def at(wanted: float, how: str) -> None:
        web.until(f"{how} goes to {wanted:.1f} s", lambda: abs(web.number(".player", "position") - wanted) < 0.35)

    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    at(length / 2, "a click")
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20, steps=4)
    page.mouse.up()
    at(length * 0.6, "a drag")
    wave.focus()
    page.keyboard.press("Home")
    at(0, "the key Home")
    page.keyboard.press("ArrowRight")
    at(5, "the right arrow")
    must(abs(float(wave.get_attribute("aria-valuenow")) - 5) < 0.5, "the slider does not say where it is")
    must(web.text("seconds.other", n=5) in wave.get_attribute("aria-valuetext"), "the slider does not say it in words")
    page.keyboard.press("m")
    heard(web, "vocals", "drums", "other")
    page.keyboard.press("Digit3")
    heard(web, *STEMS)
    page.keyboard.press("Shift+Digit1")
    heard(web, "vocals")
    page.keyboard.press("Shift+Digit1")
    page.keyboard.press("b")
    heard(web, "mixture")
    page.keyboard.press("b")
    page.keyboard.press("Space")
    web.until("the space bar plays", lambda: web.data(".player", "playing") == "true")
    web.until("the song goes on from there", lambda: web.number(".player", "position") > 5.3)
    web.picture("player")
    page.keyboard.press("Space")
    web.until("the space bar rests", lambda: web.data(".player", "playing") == "false")


def open_song(web: Watched) -> None:
    web.page.goto(web.address + "/#/songs")
    web.see(".song[data-status=COMPLETED] a").click()


def stream(web: Watched) -> None:
    """The same song streamed, as long ones are."""
    page = web.page
    page.goto(web.address + "/#/settings")
    page.get_by_label(web.text("settings.stream")).check()
    open_song(web)
    web.see(".player[data-ready=true]", 60)
    must(web.data(".player", "engine") == "streamed", "the player does not stream")
    page.click("#play")
    web.until("the streamed song plays", lambda: web.number(".player", "position") > 1, 15)
    page.click(".lane.drums [data-act=mute]")
    heard(web, "vocals", "bass", "other")
    page.click("#play")
    page.goto(web.address + "/#/settings")
    page.get_by_label(web.text("settings.stream")).uncheck()


def keyboard_only(web: Watched) -> None:
    open_song(web)
    web.see(".player[data-ready=true]", 60)
    tab_through(web, 20)
