"""The scores of a separation, in dB, higher is better: SI-SDR, whole-song SDR and BSS-Eval v4 framewise SDR."""
import numpy as np

TINY = 1e-20


def decibels(signal, noise):
    return float(10 * np.log10((signal + TINY) / (noise + TINY)))


def si_sdr(reference, estimate):
    """Scale-invariant SDR of the whole song, one scale for all channels (Le Roux and others 2019)."""
    scale = np.sum(reference * estimate) / (np.sum(reference * reference) + TINY)
    return decibels(np.sum((scale * reference) ** 2), np.sum((estimate - scale * reference) ** 2))


def sdr(reference, estimate):
    """The plain ratio over the whole song."""
    return decibels(np.sum(reference * reference), np.sum((reference - estimate) ** 2))


def framewise_sdr(references, estimates, rate):
    """SDR of every second, by stem name; NaN in seconds in which something of the set is silent.

    In BSS Eval v4 the spatial, interference and artefact errors add up to the whole error, so its image SDR needs no filters:
    it is this ratio. museval calls a source silent when the sum of its channels is zero throughout.
    """
    out = {name: [] for name in estimates}
    for start in range(0, len(next(iter(references.values()))) // rate * rate, rate):
        cut = slice(start, start + rate)
        silent = any(not np.any(sound[name][cut].sum(axis=1)) for name in estimates for sound in (references, estimates))
        for name in estimates:
            out[name].append(np.nan if silent else frame_sdr(references[name][cut], estimates[name][cut]))
    return out


def frame_sdr(reference, estimate):
    error = np.sum((reference - estimate) ** 2)
    return np.inf if error == 0 else 10 * np.log10(np.sum(reference ** 2) / error)


def middle(values):
    """The median of what is defined."""
    return float(np.nanmedian(values)) if np.any(np.isfinite(values)) else float("nan")


def scores(references, estimates, rate, sets):
    """Rows by stem name; `sets` are the groups in which silence is judged, each stem counts in its first one."""
    rows = {}
    for group in sets:
        have = {name: estimates[name] for name in group if name in estimates}
        if not have:
            continue
        frames = framewise_sdr(references, have, rate)
        for name in have:
            rows.setdefault(name, {"si_sdr": si_sdr(references[name], have[name]), "sdr": sdr(references[name], have[name]),
                                   "sdr_v4": middle(frames[name])})
    return rows
