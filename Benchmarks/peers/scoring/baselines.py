"""What people separate with today without a trained model, written from the published methods or calling librosa."""
import numpy as np
from scipy.ndimage import maximum_filter, minimum_filter

from scoring.songs import DERIVED, STEMS
from scoring.spectra import EPS, open_below, sound, spectrum, split


def quarter(mixture, rate):
    """A quarter of the mixture as every stem: shows what level alone is worth in SDR."""
    return {name: mixture / 4 for name in STEMS}


def whole(mixture, rate):
    """The mixture as every stem."""
    return {name: mixture.copy() for name in STEMS + DERIVED}


def librosa_hpss(mixture, rate):
    """librosa.effects.hpss at its defaults."""
    import librosa
    harmonic, percussive = librosa.effects.hpss(mixture.T.astype(np.float32))
    return {"drums": percussive.T.astype(float), "nodrums": harmonic.T.astype(float)}


def librosa_repet_sim(mixture, rate):
    """The vocal separation recipe of librosa's gallery."""
    import librosa
    z = librosa.stft(mixture.T.astype(np.float32))
    magnitude = np.abs(z)
    links = librosa.segment.recurrence_matrix(magnitude.mean(axis=0), metric="cosine", width=int(2 * rate / 512),
                                              sparse=True)
    near = np.stack([librosa.decompose.nn_filter(m, rec=links, aggregate=np.median) for m in magnitude])
    background = np.minimum(magnitude, near)
    foreground = magnitude - background
    masks = {"vocals": librosa.util.softmask(foreground, 10 * background, power=2),
             "accompaniment": librosa.util.softmask(background, 2 * foreground, power=2)}
    return {name: librosa.istft(mask * z, length=len(mixture)).T.astype(float) for name, mask in masks.items()}


def repet_sim(mixture, rate):
    """REPET-SIM with its authors' parameters (Rafii and Pardo 2012): up to 100 frames, one second apart."""
    size = 2 ** int(np.ceil(np.log2(0.04 * rate)))
    z = spectrum(mixture, size, size // 2)
    magnitude = np.abs(z)
    mean = magnitude.mean(axis=0)
    mean = mean / (np.sqrt(np.sum(mean * mean, axis=0)) + EPS)
    similarity = mean.T @ mean
    apart = int(round(rate / (size // 2)))
    background = np.empty_like(magnitude)
    for frame, row in enumerate(similarity):
        padded = np.pad(row, apart, constant_values=-1)
        top = np.lib.stride_tricks.sliding_window_view(padded, 2 * apart + 1).max(axis=1)
        peaks = np.nonzero(row >= top)[0]
        peaks = peaks[np.argsort(row[peaks])[::-1][:100]]
        background[:, :, frame] = np.median(magnitude[:, :, peaks], axis=2)
    mask = (np.minimum(background, magnitude) + EPS) / (magnitude + EPS)
    return split(mixture, z, open_below(mask, 100, size, rate), size, size // 2)


def beat_period(power, rate, hop):
    """The lag in frames, 0.8 to 8 s and at most a third of the song, at which the spectrogram repeats best."""
    frames = power.shape[1]
    transform = np.fft.rfft(power, 2 * frames, axis=1)
    correlation = np.fft.irfft(np.abs(transform) ** 2, axis=1)[:, :frames] / np.arange(frames, 0, -1)
    beat = correlation.mean(axis=0)
    low, high = int(0.8 * rate / hop), min(int(8 * rate / hop), frames // 3)
    return low + int(np.argmax(beat[low:high]))


def repet(mixture, rate):
    """REPET (Rafii and Pardo 2011): one period for the song, the median of its repetitions as background."""
    size, hop = 2048, 512
    z = spectrum(mixture, size, hop)
    magnitude = np.abs(z)
    period = beat_period(np.mean(magnitude, axis=0) ** 2, rate, hop)
    frames = magnitude.shape[-1]
    rounds = -(-frames // period)
    padded = np.pad(magnitude, ((0, 0), (0, 0), (0, rounds * period - frames)), constant_values=np.nan)
    cycles = padded.reshape(magnitude.shape[:2] + (rounds, period))
    model = np.tile(np.nanmedian(cycles, axis=2), (1, 1, rounds))[..., :frames]
    mask = (np.minimum(model, magnitude) + EPS) / (magnitude + EPS)
    return split(mixture, z, open_below(mask, 100, size, rate), size, hop)


def fourier_2d(mixture, rate):
    """Peaks of the spectrogram's two-dimensional transform are what repeats (Seetharaman and others 2017)."""
    size, hop = 2048, 512
    z = spectrum(mixture, size, hop)
    mask = np.stack([fourier_2d_mask(np.abs(channel)) for channel in z])
    return split(mixture, z, open_below(mask, 100, size, rate), size, hop)


def fourier_2d_mask(magnitude):
    transform = np.fft.fft2(magnitude)
    level = np.abs(np.fft.fftshift(transform))
    level /= level.max() + EPS
    greatest, least = maximum_filter(level, (1, 25)), minimum_filter(level, (1, 25))
    peaks = (level == greatest) & (greatest - least > np.std(level))
    peaks = np.fft.ifftshift(peaks | np.flip(peaks))
    background = np.abs(np.fft.ifft2(transform * peaks))
    foreground = np.abs(np.fft.ifft2(transform * ~peaks))
    return background / (background + foreground + EPS)


def centre(mixture, rate):
    """What is equal left and right, above 120 Hz, as vocals."""
    z = spectrum(mixture, 4096, 1024)
    left, right = np.abs(z)
    alike = 1 - np.abs(z[0] - z[1]) / (left + right + EPS)
    mask = np.clip(alike, 0, 1) ** 2
    mask[np.arange(z.shape[1]) * rate / 4096 < 120] = 0
    vocals = sound(z * mask, len(mixture), 4096, 1024)
    return {"vocals": vocals, "accompaniment": mixture - vocals}


def low_pass(mixture, rate):
    """Everything up to 120 Hz as bass."""
    z = spectrum(mixture, 4096, 1024)
    z[:, np.arange(z.shape[1]) * rate / 4096 > 120] = 0
    return {"bass": sound(z, len(mixture), 4096, 1024)}


BASELINES = {"mixture": whole, "mixture / 4": quarter, "librosa HPSS": librosa_hpss,
             "librosa REPET-SIM recipe": librosa_repet_sim, "REPET-SIM": repet_sim, "REPET": repet, "2DFT": fourier_2d,
             "centre": centre, "low-pass 120 Hz": low_pass}


def ideal_ratio_mask(references, mixture):
    """The ceiling of every mask method: masks made from the powers of the true stems."""
    z = spectrum(mixture)
    power = {name: np.abs(spectrum(references[name])) ** 2 + np.finfo(float).eps for name in STEMS}
    total = sum(power.values())
    masks = {name: p / total for name, p in power.items()}
    masks["accompaniment"] = 1 - masks["vocals"]
    masks["nodrums"] = 1 - masks["drums"]
    return {name: sound(mask * z, len(mixture)) for name, mask in masks.items()}
