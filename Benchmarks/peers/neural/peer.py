#!/usr/bin/env python3
"""Measures PyPI's package on one sound: peer.py umx|htdemucs FOLDER THREADS; prints one line of JSON."""
import json
import resource
import sys
import time
from pathlib import Path

import models
import numpy
import torch

kind, folder, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
sound = torch.from_numpy(numpy.fromfile(folder / "mixture.f32", dtype="<f4").reshape(2, -1))
if kind == "umx":
    nets = {t: models.unmix_net(512, 2049, 1487, 2, 100 + at) for at, t in enumerate(models.TARGETS)}
    run = lambda: models.unmix_stems(nets, sound, niter=1)  # noqa: E731
else:
    net = models.htdemucs_net(seed=4)
    run = lambda: models.htdemucs_stems(net, sound)  # noqa: E731
wall, cpu = time.perf_counter(), time.process_time()
run()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"name": f"pytorch {kind}", "seconds": round(wall, 3), "cpu": round(cpu, 3), "rss_mb": round(rss, 1)}))
