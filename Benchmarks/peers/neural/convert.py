#!/usr/bin/env python3
"""Converts weights of Open-Unmix or HTDemucs from .pth (or .th) to safetensors: convert.py IN.pth OUT.safetensors [--demucs]"""
import json
import sys
from fractions import Fraction

import torch
from safetensors.torch import save_file

source, target = sys.argv[1:3]
# Demucs keeps its class beside the weights, which only a trusted file may name; Open-Unmix keeps weights alone.
package = torch.load(source, map_location="cpu", weights_only="--demucs" not in sys.argv)
about = {}
if "state" in package:
    known = {k: v for k, v in package["kwargs"].items() if k in ("sources", "samplerate", "t_heads")}
    part = Fraction(package["kwargs"].get("segment", 10)).limit_denominator(10000)
    known["segment"] = {"_type": "fraction", "numerator": part.numerator, "denominator": part.denominator}
    about = {"klass": "demucs.htdemucs.HTDemucs", "args": "[]", "kwargs": json.dumps(known)}
    package = package["state"]
if "__quantized" in package:
    sys.exit("The weights are quantised by diffq; load them with demucs and save them again first.")
wanted = {k: v.contiguous() for k, v in package.items() if not k.startswith(("stft.", "transform.", "sample_rate"))}
save_file(wanted, target, metadata=about)
print(f"{len(wanted)} tensors, {sum(v.numel() for v in wanted.values())} numbers")
