"""Runs peers, floors and Busker on the same sound in one go and prints who used how many CPU seconds."""
import argparse
import dataclasses
import json
import os
import platform
import subprocess
import sys
import wave

HERE = os.path.dirname(os.path.abspath(__file__))
HOURS = 7200  # seconds of sound in the memory test


@dataclasses.dataclass
class Row:
    """One line of the table: a comparison and what it must reach."""

    operation: str
    peer: str
    theirs: dict
    ours: dict
    bar: float
    more_is_better: bool  # True: peer / Busker at least the bar; False: Busker / floor at most the bar

    def ratio(self, key="cpu"):
        pair = (self.theirs[key], self.ours[key])
        return pair[0] / pair[1] if self.more_is_better else pair[1] / pair[0]

    def passes(self):
        return self.ratio() >= self.bar if self.more_is_better else self.ratio() <= self.bar

    def cells(self):
        sign = "≥" if self.more_is_better else "≤"
        return (self.operation, self.peer, seconds(self.theirs), seconds(self.ours),
                "%.2f (%.2f)" % (self.ratio(), self.ratio("best")), "%s %g" % (sign, self.bar), verdict(self.passes()))


def seconds(result):
    return "%.4g (%.4g)" % (result["cpu"], result["best"])


def verdict(good):
    return "pass" if good else "**fail**"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", required=True, help="folder of the compiled programs")
    parser.add_argument("--work", required=True, help="folder for test sounds")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each operation (default 5)")
    parser.add_argument("--quick", action="store_true", help="REPET-SIM on 15 s, memory on 10 minutes")
    parser.add_argument("--only", default="", help="comma list of groups: transform, hpss, repet, stems, drawing, memory")
    parser.add_argument("--model", default="four", help="model of the stems and memory checks (default four)")
    parser.add_argument("--json", help="also write all results into this file")
    return parser.parse_args()


class Bench:
    """Runs the programs and keeps every result for the JSON file."""

    def __init__(self, args):
        self.args, self.log = args, []
        self.song = self.sound("song.wav")

    def sound(self, name):
        """A path in the work folder."""
        return os.path.join(self.args.work, name)

    def line(self, command):
        """The JSON line a program prints."""
        print("running " + " ".join(os.path.basename(word) for word in command), file=sys.stderr)
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        result = json.loads(done.stdout.strip().splitlines()[-1])
        self.log.append(result)
        return result

    def python(self, script, *options):
        return self.line([sys.executable, os.path.join(HERE, script), self.song, "--runs", str(self.args.runs), *options])

    def program(self, name, *words):
        return self.line([os.path.join(self.args.programs, name), *map(str, words)])

    def core(self, operation, *settings):
        return self.program("core_measure", operation, self.song, self.args.runs, *settings)

    def busker(self, operation, file, *settings):
        return self.program("busker-measure", operation, file, "runs=%d" % self.args.runs, *settings)


def make_sounds(bench):
    """The 60 s song every row uses, and its FLAC and MP3."""
    import soundfile
    os.makedirs(bench.args.work, exist_ok=True)
    if not os.path.exists(bench.sound("song.mp3")):
        subprocess.run([sys.executable, os.path.join(HERE, "make_test_wav.py"), bench.song], check=True)
        y, rate = soundfile.read(bench.song, dtype="int16")
        soundfile.write(bench.sound("song.flac"), y, rate)
        soundfile.write(bench.sound("song.mp3"), y, rate)


def make_long(bench, length):
    """A file of many minutes: the song again and again."""
    path = bench.sound("long-%d.wav" % length)
    if not os.path.exists(path):
        with wave.open(bench.song) as source, wave.open(path + ".part", "wb") as target:
            target.setparams(source.getparams())
            whole = source.readframes(source.getnframes())
            for _ in range(length // 60):
                target.writeframesraw(whole)
        os.rename(path + ".part", path)
    return path


def transform_rows(bench):
    stored, fused = bench.core("stft"), bench.core("fused")
    runs = max(9, bench.args.runs)
    measured, estimated = (bench.program("fft_floor", planning, runs, 60) for planning in ("measure", "estimate"))
    name = "STFT+ISTFT 2048/512"
    return [Row(name, "librosa", bench.python("librosa_stft.py"), stored, 4, True),
            Row(name, "scipy ShortTimeFFT", bench.python("scipy_stft.py"), stored, 4, True),
            Row(name + ", one pass", "fused floor, FFTW_MEASURE", measured, fused, 1.6, False),
            Row(name + ", one pass", "fused floor, FFTW_ESTIMATE", estimated, fused, 1.6, False),
            Row(name + ", stored", "fused floor, FFTW_MEASURE", measured, stored, 1.6, False)]


def hpss_rows(bench):
    peer = bench.python("librosa_hpss.py")
    return [Row("HPSS 31x31, " + isa, "librosa.effects.hpss", peer, bench.core("hpss", "isa=" + isa), bar, True)
            for isa, bar in (("avx2", 30), ("avx512", 40)) if supported(isa)]


def repet_rows(bench):
    length = 15 if bench.args.quick else 60
    peer = bench.line([sys.executable, os.path.join(HERE, "librosa_repet_sim.py"), bench.song, "--runs", "1", "--warmup",
                       "0", "--max-seconds", str(length)])
    return [Row("REPET-SIM, %d s, true nearest frames" % length, "librosa recipe", peer,
                bench.core("repet", "seconds=%d" % length), 40, True)]


def supported(isa):
    """Whether this processor has an instruction set."""
    flags = open("/proc/cpuinfo", encoding="ascii").read() if platform.system() == "Linux" else ""
    return {"avx2": "avx2", "avx512": "avx512bw"}[isa] in flags


def drawing_rows(bench):
    runs = max(21, bench.args.runs)
    rows = []
    for name, mode, bar in (("song.wav", "dat", 1.5), ("song.flac", "decode", 1.2), ("song.mp3", "decode", 1.2)):
        file, peer_out, our_out = bench.sound(name), bench.sound("floor.dat"), bench.sound(name + ".dat")
        words = (mode, file, runs) + ((peer_out,) if mode == "dat" else ())
        floor = bench.program("sound_floor", *words)
        ours = bench.program("busker-measure", "waveform", file, "runs=%d" % runs, "out=" + our_out)
        rows.append(Row("8-bit .dat from " + name.split(".")[1].upper(),
                        "sf_readf_short + min/max" if mode == "dat" else "bare decode", floor, ours, bar, False))
        if mode == "dat" and open(peer_out, "rb").read() != open(our_out, "rb").read():
            raise SystemExit("The floor and Busker drew different bytes.")
    return rows


def stem_checks(bench):
    """Separation: real-time factor on one thread and what a second thread brings."""
    one, two = (bench.busker("separate", bench.song, "model=" + bench.args.model, "threads=%d" % n) for n in (1, 2))
    fast = one["audio"] / one["cpu"]
    gain = one["best_wall"] / two["best_wall"]
    return [("stems, one thread, times real time (CPU)", "%.1f" % fast, "≥ 20", verdict(fast >= 20)),
            ("stems, two threads against one (wall, best runs)", "%.2f" % gain, "≥ 1.7", verdict(gain >= 1.7))]


def memory_checks(bench):
    length = 600 if bench.args.quick else HOURS
    path = make_long(bench, length)
    stems = bench.program("busker-measure", "stream", path, "runs=1", "model=" + bench.args.model, "threads=2")
    drawn = bench.program("busker-measure", "waveform", path, "runs=1", "out=" + bench.sound("long.dat"))
    text = "%d minutes of sound, " % (length // 60)
    return [(text + "stems, peak MiB", "%.0f" % stems["rss_mib"], "< 200", verdict(stems["rss_mib"] < 200)),
            (text + "drawing, peak MiB", "%.0f" % drawn["rss_mib"], "< 40", verdict(drawn["rss_mib"] < 40))]


def print_table(titles, rows):
    print("\n| " + " | ".join(titles) + " |\n|" + "---|" * len(titles))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def main():
    args = arguments()
    bench = Bench(args)
    make_sounds(bench)
    groups = {"transform": transform_rows, "hpss": hpss_rows, "repet": repet_rows, "drawing": drawing_rows}
    checks = {"stems": stem_checks, "memory": memory_checks}
    wanted = [name for name in args.only.split(",") if name] or [*groups, *checks]
    rows = [row for name in groups if name in wanted for row in groups[name](bench)]
    lines = [line for name in checks if name in wanted for line in checks[name](bench)]
    print("60 s of 44.1 kHz stereo, one thread. CPU seconds, user and system: median (best). Load %.1f." % os.getloadavg()[0])
    print_table(("operation", "against", "peer CPU s", "Busker CPU s", "ratio (of best)", "bar", ""), [r.cells() for r in rows])
    if lines:
        print_table(("check", "value", "bar", ""), lines)
    if args.json:
        summary = [{"operation": r.operation, "peer": r.peer, "ratio": r.ratio(), "bar": r.bar, "pass": r.passes()} for r in rows]
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump({"rows": summary, "checks": lines, "results": bench.log}, file, indent=1)


if __name__ == "__main__":
    main()
