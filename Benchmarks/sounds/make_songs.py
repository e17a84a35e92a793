"""Renders seeded songs with true stems; see README.md beside this file."""
import argparse
import json
import os

from render import RATE, STEMS, Wanted, make_song

SOUND_FONT = "/usr/share/sounds/sf2/FluidR3_GM.sf2"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", help="output folder; song_SEED folders are made inside")
    parser.add_argument("--songs", type=int, default=3, help="how many (default 3)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first song; the next use seed + 1 and so on")
    parser.add_argument("--seconds", type=float, default=30.0, help="length of each song (default 30)")
    parser.add_argument("--format", choices=("wav", "flac"), default="wav", help="32-bit float WAV or 16-bit FLAC")
    parser.add_argument("--rate", type=int, default=RATE, help="samples per second (default 44100)")
    parser.add_argument("--peak", type=float, default=0.92, help="largest sample of the mixture (default 0.92)")
    parser.add_argument("--arranged", action="store_true", help="instruments come in one by one; ends with a fade")
    parser.add_argument("--mixture-only", action="store_true", help="leave the stems out")
    parser.add_argument("--soundfont", default=SOUND_FONT, help="a General MIDI sound font")
    return parser.parse_args()


def main():
    args = arguments()
    if not os.path.exists(args.soundfont):
        raise SystemExit("There is no sound font at %s: install the Debian package fluid-soundfont-gm." % args.soundfont)
    wanted = Wanted(args.seconds, args.format, args.rate, args.peak, args.arranged,
                    ("mixture",) if args.mixture_only else STEMS + ("mixture",))
    for seed in range(args.seed, args.seed + args.songs):
        folder = os.path.join(args.out, "song_%03d" % seed)
        info = make_song(folder, seed, args.soundfont, wanted)
        print(json.dumps({"song": folder, **{k: info[k] for k in ("seed", "bpm", "voice", "notes")}}), flush=True)


if __name__ == "__main__":
    main()
