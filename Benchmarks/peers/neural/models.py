"""Random, non-trivial nets in the shapes of Open-Unmix and HTDemucs, by fixed seed, and what PyPI's packages make of them."""
import json
import sys
import types
import warnings
from fractions import Fraction
from pathlib import Path

warnings.filterwarnings("ignore")
try:
    import torchaudio  # noqa: F401
except Exception:  # openunmix needs the module only to read files
    sys.modules["torchaudio"] = types.ModuleType("torchaudio")
import torch
from openunmix.model import OpenUnmix, Separator
from safetensors.torch import save_file

TARGETS = ["vocals", "drums", "bass", "other"]


def sound(seconds, rate, channels, seed):
    """Notes, clicks and noise of changing level, as rows of channels."""
    g = torch.Generator().manual_seed(seed)
    n = int(seconds * rate)
    t = torch.arange(n) / rate
    out = torch.zeros(channels, n)
    for _ in range(12):
        f, a, p = (torch.rand(3, generator=g) * torch.tensor([3000.0, 0.08, 6.28])).tolist()
        pan = torch.rand(channels, 1, generator=g)
        out += pan * a * torch.sin(2 * torch.pi * (f + 40) * t + p) * (0.5 + 0.5 * torch.sin(t * (1 + f / 500)))
    burst = (torch.rand(n, generator=g) < 4.0 / rate).float()
    click = torch.exp(-torch.arange(2000) / 200.0) * torch.randn(2000, generator=g)
    out += 0.3 * torch.nn.functional.conv1d(burst[None, None], click.flip(0)[None, None], padding=2000)[0, :, :n]
    return out + 0.02 * torch.randn(channels, n, generator=g)


def unmix_net(hidden, bins, seen, channels, seed):
    torch.manual_seed(seed)
    net = OpenUnmix(nb_bins=bins, nb_channels=channels, hidden_size=hidden, nb_layers=3, max_bin=seen)
    with torch.no_grad():
        for bn in (net.bn1, net.bn2, net.bn3):
            bn.weight.uniform_(0.5, 1.5)
            bn.bias.uniform_(-0.3, 0.3)
            bn.running_mean.uniform_(-0.2, 0.2)
            bn.running_var.uniform_(0.3, 1.5)
        net.input_mean.uniform_(-4, 0)
        net.input_scale.uniform_(0.02, 0.2)
        net.output_scale.uniform_(0.2, 0.5)
        net.output_mean.uniform_(0.1, 0.4)
    return net.eval()


def unmix(folder, hidden=512, fft=4096, hop=1024, seen=1487, channels=2, rate=44100, targets=TARGETS, seed=1, half=False):
    """Writes the files of a model into a folder and returns its nets."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    nets = {}
    for at, name in enumerate(targets):
        net = unmix_net(hidden, fft // 2 + 1, seen, channels, seed * 100 + at)
        state = {k: v.contiguous() for k, v in net.state_dict().items()}
        if half:
            state = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
            net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
        save_file(state, folder / f"{name}.safetensors")
        nets[name] = net
    about = {"sample_rate": rate, "nfft": fft, "nhop": hop, "nb_channels": channels}
    (folder / "separator.json").write_text(json.dumps(about))
    return nets


def unmix_stems(nets, mixture, fft=4096, hop=1024, rate=44100, **options):
    """The stems of openunmix, as [target][channel][sample]."""
    channels = next(iter(nets.values())).nb_output_bins and mixture.shape[0]
    separator = Separator(nets, n_fft=fft, n_hop=hop, sample_rate=float(rate), nb_channels=channels, **options)
    separator.freeze()
    with torch.no_grad():
        return separator(mixture[None])[0]


def htdemucs_net(sources=("drums", "bass", "other", "vocals"), seed=1, segment=Fraction(39, 5), channels=48, bottom=512,
                 layers=5, heads=8):
    from demucs.htdemucs import HTDemucs

    torch.manual_seed(seed)
    net = HTDemucs(sources=list(sources), channels=channels, bottom_channels=bottom, dconv_mode=3, t_layers=layers,
                   t_heads=heads, segment=segment)
    with torch.no_grad():
        for name, p in net.named_parameters():
            last = name.split(".")[-1]
            if last == "scale":
                p.uniform_(0.05, 0.6)
            elif p.dim() == 1 and last == "weight":
                p.uniform_(0.6, 1.4)
            elif last.endswith("bias"):
                p.add_(0.05 * torch.randn_like(p))
    return net.eval()


def htdemucs(path, half=False, **options):
    """Writes a net as demucs 4.1 stores it, and returns it."""
    net = htdemucs_net(**options)
    state = {k: v.contiguous() for k, v in net.state_dict().items()}
    if half:
        state = {k: v.half() for k, v in state.items()}
        net.load_state_dict({k: v.float() for k, v in state.items()})
    segment = Fraction(net.segment)
    kwargs = {"sources": list(net.sources), "bottom_channels": net.bottom_channels, "samplerate": net.samplerate,
              "segment": {"_type": "fraction", "numerator": segment.numerator, "denominator": segment.denominator}}
    about = {"klass": "demucs.htdemucs.HTDemucs", "args": "[]", "kwargs": json.dumps(kwargs)}
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path, metadata=about)
    return net


def htdemucs_stems(net, mixture):
    """The stems of demucs.apply.apply_model, as [source][channel][sample]."""
    from demucs.apply import apply_model

    with torch.no_grad():
        return apply_model(net, mixture[None], shifts=0, overlap=0.25, split=True)[0]
