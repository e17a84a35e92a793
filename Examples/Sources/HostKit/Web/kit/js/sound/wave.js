// One drawn waveform: peaks of our own format on a canvas, as sharp as the screen is.

import { h } from '../dom.js';
import { onColours } from '../theme.js';

/** Reads peaks of audiowaveform's JSON: for every point the lowest and the highest value of all channels, -1…1. */
export function readPeaks(json) {
  const channels = json.channels ?? 1;
  const full = json.bits === 16 ? 32768 : 128;
  const points = Math.min(json.length, Math.floor(json.data.length / (2 * channels)));
  const low = new Float32Array(points);
  const high = new Float32Array(points);
  for (let point = 0; point < points; point += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const at = 2 * (point * channels + channel);
      low[point] = Math.min(low[point], json.data[at] / full);
      high[point] = Math.max(high[point], json.data[at + 1] / full);
    }
  }
  // Nearly the highest, so that one click does not make all the rest look small.
  const heights = low.map((value, point) => Math.max(-value, high[point])).sort();
  return { low, high, points, top: heights[Math.floor(points * 0.985)] ?? 0, seconds: (points * json.samples_per_pixel) / json.sample_rate };
}

/** A canvas that shows peaks; `ink` gives the colour when it is drawn, `scale` is shared by all lanes. */
export function waveCanvas(ink) {
  const canvas = h('canvas', { 'aria-hidden': 'true' });
  let peaks = null;
  let scale = 1;

  function draw() {
    const { width, height } = canvas.getBoundingClientRect();
    if (width < 1 || height < 1) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext('2d');
    pen.scale(ratio, ratio);
    pen.fillStyle = ink();
    if (!peaks) return;
    const step = 3;
    const bars = Math.floor(width / step);
    const middle = height / 2;
    pen.beginPath();
    for (let bar = 0; bar < bars; bar += 1) {
      const [low, high] = range(Math.floor((bar * peaks.points) / bars), Math.max(Math.floor(((bar + 1) * peaks.points) / bars), 1));
      const up = Math.max(0.75, Math.min(middle - 1, high * scale * (middle - 1)));
      const down = Math.max(0.75, Math.min(middle - 1, -low * scale * (middle - 1)));
      pen.roundRect((bar * width) / bars, middle - up, 2, up + down, 1);
    }
    pen.fill();
  }

  function range(from, to) {
    let low = 0;
    let high = 0;
    for (let point = from; point < Math.max(to, from + 1) && point < peaks.points; point += 1) {
      low = Math.min(low, peaks.low[point]);
      high = Math.max(high, peaks.high[point]);
    }
    return [low, high];
  }

  const sizes = new ResizeObserver(draw);
  sizes.observe(canvas);
  const stop = onColours(draw);
  return {
    node: canvas,
    show(next, common) {
      peaks = next;
      scale = common;
      draw();
      canvas.dataset.points = String(next.points);
    },
    end() { sizes.disconnect(); stop(); },
  };
}
