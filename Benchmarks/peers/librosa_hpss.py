"""Peer: librosa.effects.hpss at its defaults (2048/512, medians of 31, power 2, margin 1)."""
import peerlib

args = peerlib.parse(__doc__)
import librosa  # noqa: E402

y, rate = peerlib.load(args)


def work():
    return librosa.effects.hpss(y, n_fft=2048, hop_length=512, kernel_size=31, power=2.0, margin=1.0)


peerlib.bench("librosa HPSS", work, args, y, rate, "librosa %s" % librosa.__version__)
