"""Peer: scipy.signal.ShortTimeFFT there and back on every channel, 2048/512."""
import peerlib

args = peerlib.parse(__doc__)
import numpy as np  # noqa: E402
import scipy  # noqa: E402
from scipy.signal import ShortTimeFFT, get_window  # noqa: E402

y, rate = peerlib.load(args)
transform = ShortTimeFFT(get_window("hann", 2048).astype(np.float32), 512, rate)


def work():
    return transform.istft(transform.stft(y), k1=y.shape[-1])


peerlib.bench("scipy STFT+ISTFT", work, args, y, rate, "scipy %s" % scipy.__version__)
