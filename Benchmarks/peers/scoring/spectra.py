"""The transforms the baselines share: arrays are frames by channels, spectra channels by bins by frames."""
import numpy as np
from scipy.signal import istft, stft

EPS = 1e-10


def spectrum(x, size=2048, hop=1024, window="hann"):
    return stft(x.T, window=window, nperseg=size, noverlap=size - hop, axis=-1)[2]


def sound(z, count, size=2048, hop=1024, window="hann"):
    return istft(z, window=window, nperseg=size, noverlap=size - hop)[1][..., :count].T


def open_below(mask, hertz, size, rate):
    """Gives all bins up to a frequency, but not the constant, to the background."""
    mask[..., 1:int(round(hertz * size / rate)) + 1, :] = 1
    return mask


def split(mixture, z, mask, size, hop, window="hann"):
    """Accompaniment by a mask and vocals as the rest."""
    background = sound(mask * z, len(mixture), size, hop, window)
    return {"accompaniment": background, "vocals": mixture - background}
