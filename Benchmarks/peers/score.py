"""Scores stems against the true ones: score SONG... --estimates DIR (holding SONG/STEM.wav), or --check-museval."""
import argparse
import json
import os
import sys
import types

import numpy as np

from scoring.baselines import centre, librosa_hpss, quarter
from scoring.metrics import framewise_sdr, middle, scores
from scoring.songs import SETS, STEMS, load_estimates, load_song

KEYS = ("si_sdr", "sdr", "sdr_v4")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("songs", nargs="+", help="song folders as Scripts/sounds makes them")
    parser.add_argument("--estimates", help="folder that holds a folder of stems for each song, or the stems themselves")
    parser.add_argument("--json", action="store_true", help="one JSON line for each song and stem")
    parser.add_argument("--check-museval", action="store_true", help="compare our SDR with museval's on the first song")
    parser.add_argument("--seconds", type=float, default=12, help="length used by --check-museval (default 12)")
    return parser.parse_args()


def song_name(folder):
    return os.path.basename(os.path.normpath(folder))


def score_all(args):
    """Prints the rows of every song or their means."""
    table = {}
    for folder in args.songs:
        references, mixture, rate = load_song(folder)
        inner = os.path.join(args.estimates, song_name(folder))
        estimates = load_estimates(inner if os.path.isdir(inner) else args.estimates, len(mixture))
        for stem, row in scores(references, estimates, rate, SETS).items():
            table.setdefault(stem, []).append(row)
            if args.json:
                print(json.dumps({"song": song_name(folder), "stem": stem, **{k: round(v, 4) for k, v in row.items()}}))
    if not args.json:
        print("| stem | " + " | ".join(KEYS) + " |\n|---|" + "---:|" * len(KEYS))
        for stem, rows in table.items():
            print("| %s | %s |" % (stem, " | ".join("%.2f" % np.nanmean([row[key] for row in rows]) for key in KEYS)))


def museval_medians(references, estimates, rate):
    """museval's SDR for the four stems: median over seconds."""
    # museval imports the reader of a data set, which asks for ffmpeg; its metrics need neither.
    sys.modules.setdefault("musdb", types.ModuleType("musdb"))
    import museval
    values = museval.evaluate(np.stack([references[name] for name in STEMS]),
                              np.stack([estimates[name] for name in STEMS]), win=rate, hop=rate)[0]
    return {name: middle(values[i]) for i, name in enumerate(STEMS)}


def check_museval(args):
    """Compares two kinds of estimates with museval; stops with an error where they differ by 0.005 dB."""
    references, mixture, rate = load_song(args.songs[0])
    count = min(len(mixture), int(args.seconds * rate))
    references = {name: references[name][-count:] for name in STEMS}
    mixture = mixture[-count:]
    print("| estimate | stem | Busker | museval |\n|---|---|---:|---:|")
    worst = 0.0
    noisy = np.random.default_rng(1).normal(0, 0.01, mixture.shape)
    blend = {**quarter(mixture, rate), "drums": librosa_hpss(mixture, rate)["drums"], "vocals": centre(mixture, rate)["vocals"]}
    for label, estimates in (("blend", blend), ("noisy", {name: references[name] + noisy for name in STEMS})):
        theirs = museval_medians(references, estimates, rate)
        for name, frames in framewise_sdr(references, estimates, rate).items():
            ours = middle(frames)
            worst = max(worst, abs(ours - theirs[name]))
            print("| %s | %s | %.3f | %.3f |" % (label, name, ours, theirs[name]))
    if not worst < 0.005:
        raise SystemExit("Our SDR and museval's differ by %.4f dB." % worst)
    print("They agree to %.1e dB." % worst)


def main():
    args = arguments()
    if args.check_museval:
        check_museval(args)
    elif args.estimates:
        score_all(args)
    else:
        raise SystemExit("Say --estimates DIR or --check-museval.")


if __name__ == "__main__":
    main()
