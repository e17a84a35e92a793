"""Peer: librosa.stft followed by librosa.istft on every channel, 2048/512."""
import peerlib

args = peerlib.parse(__doc__)
import librosa  # noqa: E402

y, rate = peerlib.load(args)


def work():
    spectrum = librosa.stft(y, n_fft=2048, hop_length=512)
    return librosa.istft(spectrum, n_fft=2048, hop_length=512, length=y.shape[-1])


peerlib.bench("librosa STFT+ISTFT", work, args, y, rate,
              "librosa %s, largest error %.1e" % (librosa.__version__, abs(work() - y).max()))
