"""Peer: the vocal separation of librosa's gallery, a REPET-SIM by its nearest-neighbour filter.

Cosine neighbours at least two seconds away in the channels' mean, their median, the minimum with the mixture, two soft masks with
margins, two inverse transforms.
"""
import peerlib

args = peerlib.parse(__doc__)
import librosa  # noqa: E402
import numpy as np  # noqa: E402

y, rate = peerlib.load(args)
width = int(2 * rate / 512)


def work():
    spectrum = librosa.stft(y, n_fft=2048, hop_length=512)
    magnitude = np.abs(spectrum)
    links = librosa.segment.recurrence_matrix(magnitude.mean(axis=0), metric="cosine", width=width, sparse=True)
    near = np.stack([librosa.decompose.nn_filter(m, rec=links, aggregate=np.median) for m in magnitude])
    background = np.minimum(magnitude, near)
    foreground = magnitude - background
    masks = (librosa.util.softmask(foreground, 10 * background, power=2),
             librosa.util.softmask(background, 2 * foreground, power=2))
    return [librosa.istft(mask * spectrum, hop_length=512, length=y.shape[-1]) for mask in masks]


peerlib.bench("librosa REPET-SIM recipe", work, args, y, rate, "librosa %s" % librosa.__version__)
