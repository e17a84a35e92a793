"""Looks at the files of a host's page and of the kit without a browser: languages, what the policy forbids, contrast of colours."""

import html.parser
import json
import os
import re
import sys
from pathlib import Path

# Names of texts that are put together from parts, and what they are put together with.
COMPOSED = {
    "entry.": ["register", "login", "register.do", "login.do"],
    "option.": None, "status.": None, "stem.": None, "stage.": None, "kind.": None, "landing.": None, "theme.": None,
    "songs.filter.": None, "credits.": None, "minutes.": None, "seconds.": None, "history.": None, "welcome.": None,
    "player.": None, "price.": None, "nav.": None, "payment.": None, "style.": None, "purchase.": None, "receipts.": None,
    "song.": None,
}
FORBIDDEN_IN_SCRIPTS = [
    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "cssText", "createContextualFragment",
    "setAttribute('style'", "javascript:", "http://", "https://", "import(", "DOMParser",
]
# Counted where the page has both colours.
PAIRS = [
    ("ink", "paper"), ("ink", "sheet"), ("ink", "sunk"), ("ink", "lift"), ("soft", "paper"), ("soft", "sheet"), ("soft", "sunk"), ("good", "sheet"),
    ("good", "good-sheet"), ("bad", "sheet"), ("bad", "bad-sheet"), ("ink", "bad-sheet"), ("ink", "good-sheet"), ("sheet", "bad"),
    ("paper", "ink"), ("sheet", "vocals"), ("sheet", "drums"), ("sheet", "bass"), ("sheet", "other"), ("tune", "sheet"), ("tune", "paper"),
]
faults: list[str] = []


def check(is_right: bool, text: str) -> None:
    if not is_right:
        faults.append(text)


class Tags(html.parser.HTMLParser):
    """Refuses everything in the page that a policy of 'self' would block."""

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        check("style" not in names, f"<{tag}> has a style attribute")
        check(not any(name.startswith("on") for name in names), f"<{tag}> has a handler in it")
        check(tag != "style", "the page has a <style>")
        check(tag != "script" or "src" in names, "the page has a script in it")
        for name in ("src", "href"):
            value = names.get(name) or ""
            check(value[:1] in ("", "/", "#") and not value.startswith("//"), f"<{tag}> loads {value} from elsewhere")


def languages(web: Path, kit: Path) -> None:
    tables: dict[str, dict[str, str]] = {"en": {}, "ko": {}}
    for folder in (kit, web):
        found = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("lang/*.json"))}
        check(set(found) == set(tables), f"the languages of {folder} are {sorted(found)}")
        for name, table in found.items():
            check(not set(tables[name]) & set(table), f"{name}: kit and host both have {sorted(set(tables[name]) & set(table))}")
            tables[name] |= table
    keys = {name: set(table) for name, table in tables.items()}
    everything = set().union(*keys.values())
    for name, table in tables.items():
        check(keys[name] == everything, f"{name} lacks {sorted(everything - keys[name])}")
        for key, text in table.items():
            check(isinstance(text, str) and text.strip() == text != "", f"{name}: {key} is empty or padded")
            check(name != "ko" or key.split(".")[-1] in ("flac", "wav") or re.search("[가-힣]|^\\{", text), f"ko: {key} is not Korean: {text}")
            check(name != "en" or not re.search("[가-힣]", text), f"en: {key} is Korean: {text}")
    for key in everything:
        holes = {name: set(re.findall(r"\{(\w+)\}", table.get(key, ""))) for name, table in tables.items()}
        check(len({frozenset(names) for names in holes.values()}) == 1, f"{key} has other holes in other languages: {holes}")
    text = "\n".join(path.read_text() for folder in (kit, web) for path in folder.glob("js/**/*.js"))
    said = set(re.findall(r"(?:\bt|\bhas)\((?:[^()'`]*\? )?'([\w.]+)'", text)) | set(re.findall(r"'([a-z]\w*(?:\.\w+)+)'", text))
    for key in said:
        check(key in everything or key.endswith((".js", ".json", ".csv", ".refresh")) or any(f"{key}.{rule}" in everything for rule in ("one", "other")),
              f"the page says {key}, which has no text")
    single = set(re.findall(r"\bt\('(\w+)'", text))
    plural = {f"{key}.{rule}" for key in said for rule in ("one", "other")}
    for key in everything - said - single - plural:
        check(any(key.startswith(stem) for stem in COMPOSED), f"{key} is never said")


def scripts(web: Path, kit: Path) -> None:
    # Served from one root: the kit is below the host's files.
    served = {Path("/kit") / path.relative_to(kit) for path in kit.glob("js/**/*.js")} | {Path("/") / path.relative_to(web) for path in web.glob("js/**/*.js")}
    for folder, place in ((kit, Path("/kit")), (web, Path("/"))):
        modules(folder, place, served)


def modules(web: Path, place: Path, served: set[Path]) -> None:
    for path in sorted(web.glob("js/**/*.js")):
        lines = path.read_text().split("\n")
        check(lines[0].startswith("// ") and len(lines[0].split()) > 3, f"{path.name} does not begin with what it is for")
        check(len(lines) <= 500, f"{path.name} has {len(lines)} lines")
        for number, line in enumerate(lines, 1):
            for word in FORBIDDEN_IN_SCRIPTS:
                check(word not in line or "www.w3.org/2000/svg" in line, f"{path.name}:{number} says {word}")
        for target in re.findall(r"from '(\.[^']+)'", path.read_text()):
            there = Path(os.path.normpath(place / path.parent.relative_to(web) / target))
            check(there in served, f"{path.name} imports {target}, which is not there")
            check(place == Path("/") or there.is_relative_to(place), f"{path.name} of the kit imports {target} of a host")
    for path in web.glob("*.css"):
        check(not re.search(r"@import|url\(", path.read_text()), f"{path.name} loads something")


def luminance(colour: str) -> float:
    parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(web: Path, kit: Path) -> None:
    themes: list[dict[str, str]] = [{}, {}, {}]
    for folder in (kit, web):
        blocks = re.findall(r":root[^{]*\{([^}]*--\w+: #[^}]*)\}", (folder / "style.css").read_text())
        check(len(blocks) == 3, f"the style of {folder} describes {len(blocks)} themes")
        for theme, block in zip(themes, blocks):
            theme.update(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    check(themes[1] == themes[2], "the two descriptions of the dark theme differ")
    for name, theme in zip(("light", "dark"), themes):
        for one, other in PAIRS:
            if one not in theme or other not in theme:
                continue
            low, high = sorted((luminance(theme[one]), luminance(theme[other])))
            ratio = (high + 0.05) / (low + 0.05)
            check(ratio >= 4.5, f"{name}: {one} on {other} has a contrast of {ratio:.2f}")


def main() -> None:
    kit, web = (Path(name) for name in sys.argv[1:])
    Tags().feed((web / "index.html").read_text())
    languages(web, kit)
    scripts(web, kit)
    contrast(web, kit)
    for fault in faults:
        print(fault, file=sys.stderr)
    texts = sum(len(json.loads((folder / "lang/en.json").read_text())) for folder in (kit, web))
    count = sum(len(list(folder.glob("js/**/*.js"))) for folder in (kit, web))
    print(f"{texts} texts in each language, {count} modules: {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
