"""One table of separation quality: Busker, every classical baseline, the bars and the ideal-ratio-mask ceiling."""
import argparse
import json
import os
import shlex
import subprocess
import sys

import numpy as np

from scoring.baselines import BASELINES, ideal_ratio_mask
from scoring.metrics import scores
from scoring.songs import SETS, load_estimates, load_song

COLUMNS = ("vocals", "accompaniment", "drums", "bass", "other")
BARS = {"vocals": (3.0, 1.0), "accompaniment": (8.0, None), "drums": (2.5, 0.0), "bass": (1.5, None), "other": (3.0, None)}
CEILING = "ideal ratio mask (ceiling)"
COMMAND = "{busker} separate {song} --stems {stems} --format wav -o {out}"
MODELS = {"Busker, four stems": 4, "Busker, two stems": 2}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("songs", nargs="*", help="song folders (without any, seeds 1...12 of 30 s are rendered)")
    parser.add_argument("--work", required=True, help="folder for songs, stems and the baselines' kept scores")
    parser.add_argument("--busker", help="the busker program; without it only the baselines are scored")
    parser.add_argument("--command", default=COMMAND, help="how it is called (default: %(default)s)")
    parser.add_argument("--no-baselines", action="store_true", help="only Busker and the bars")
    parser.add_argument("--json", help="also write every song's scores into this file")
    return parser.parse_args()


def render(work, count=12):
    """The twelve songs of the report; they are made once."""
    folder = os.path.join(work, "songs")
    names = [os.path.join(folder, "song_%03d" % seed) for seed in range(1, count + 1)]
    if not all(os.path.exists(os.path.join(name, "meta.json")) for name in names):
        maker = os.path.join(os.path.dirname(__file__), "..", "..", "Scripts", "sounds")
        subprocess.run([maker, folder, "--songs", str(count), "--seed", "1", "--seconds", "30"], check=True,
                       stdout=subprocess.DEVNULL)
    return names


def separated(args, folder, label, count):
    """What the busker program makes of a song; raises where it fails."""
    out = os.path.join(args.work, "stems", label.replace(" ", "-").replace(",", ""), os.path.basename(folder))
    os.makedirs(out, exist_ok=True)
    song = os.path.join(folder, "mixture.wav")
    if not os.path.exists(song):
        song = os.path.join(folder, "mixture.flac")
    places = {"busker": args.busker, "song": song, "stems": MODELS[label], "out": out}
    command = args.command.format(**{key: shlex.quote(str(value)) for key, value in places.items()})
    subprocess.run(shlex.split(command), check=True, stdout=subprocess.DEVNULL)
    return load_estimates(out, count)


def kept_scores(work, folder, label, make):
    """Scores of a baseline from the work folder, computed on first use; a song is known by its samples."""
    with open(os.path.join(folder, "meta.json"), encoding="ascii") as file:
        digest = json.load(file)["sha256"]["mixture"][:16]
    path = os.path.join(work, "scores", digest, label.replace(" ", "-").replace("/", "over") + ".json")
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        rows = make()
        with open(path, "w", encoding="ascii") as file:
            json.dump(rows, file)
    with open(path, encoding="ascii") as file:
        return json.load(file)


def song_rows(args, folder):
    """Scores of one song by method."""
    references, mixture, rate = load_song(folder)
    rows = {}
    if not args.no_baselines:
        for label, method in BASELINES.items():
            rows[label] = kept_scores(args.work, folder, label,
                                      lambda: scores(references, method(mixture, rate), rate, SETS))
        rows[CEILING] = kept_scores(args.work, folder, CEILING,
                                    lambda: scores(references, ideal_ratio_mask(references, mixture), rate, SETS))
    if args.busker:
        for label in MODELS:
            rows[label] = scores(references, separated(args, folder, label, len(mixture)), rate, SETS)
    print("scored " + os.path.basename(folder), file=sys.stderr)
    return rows


def cell(songs, label, stem):
    """Means over the songs, framewise SDR / SI-SDR."""
    found = [song[label][stem] for song in songs if stem in song.get(label, {})]
    if not found:
        return "-"
    return "%.2f / %.2f" % tuple(np.nanmean([row[key] for row in found]) for key in ("sdr_v4", "si_sdr"))


def table(songs):
    """The Markdown lines."""
    lines = ["Framewise SDR (BSS Eval v4) / SI-SDR in dB, means over %d songs" % len(songs), "",
             "| method | " + " | ".join(COLUMNS) + " |", "|---|" + "---:|" * len(COLUMNS)]
    labels = [label for label in (*BASELINES, *MODELS) if label in songs[0]]
    for label in labels:
        lines.append("| %s | %s |" % (label, " | ".join(cell(songs, label, stem) for stem in COLUMNS)))
    wanted = ("%.1f / %s" % (v4, "-" if si is None else "%.1f" % si) for v4, si in (BARS[stem] for stem in COLUMNS))
    lines.append("| *bar* | %s |" % " | ".join(wanted))
    if CEILING in songs[0]:
        lines.append("| %s | %s |" % (CEILING, " | ".join(cell(songs, CEILING, stem) for stem in COLUMNS)))
    return lines


def main():
    args = arguments()
    folders = args.songs or render(args.work)
    songs = [song_rows(args, os.path.normpath(folder)) for folder in folders]
    print("\n".join(table(songs)))
    if args.json:
        with open(args.json, "w", encoding="ascii") as file:
            json.dump({os.path.basename(f): song for f, song in zip(folders, songs)}, file, indent=1)


if __name__ == "__main__":
    main()
