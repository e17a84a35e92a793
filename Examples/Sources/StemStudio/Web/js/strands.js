// The drawing of the house: one wave that comes apart into four coloured strands, as far as a share says.

import { h } from '../kit/js/dom.js';
import { colour, onColours } from '../kit/js/theme.js';
import { stems } from './stems.js';

/** The height of bar `at` of `strand`, 0…1: the same on every visit, from sums of sines. */
function height(at, strand) {
  const swell = 0.55 + 0.45 * Math.sin(at * 0.11 + strand * 1.7) * Math.cos(at * 0.043 + strand);
  const beat = [0.6 + 0.4 * Math.sin(at * 0.9), Math.exp(-(at % 6) / 2.2), 0.7 + 0.3 * Math.sin(at * 0.5), 0.5 + 0.5 * Math.sin(at * 1.7 + 1)][strand];
  return Math.max(0.06, Math.abs(swell * beat));
}

const smooth = (share) => { const x = Math.min(1, Math.max(0, share)); return x * x * (3 - 2 * x); };

/** A canvas of the drawing. `set` moves the point of parting; `end` stops watching sizes and colours. */
export function strands({ share = 0, bars = 96, label = null }) {
  const canvas = h('canvas', { class: 'strands', role: label ? 'img' : null, 'aria-label': label, 'aria-hidden': label ? null : 'true' });
  let part = share;

  function draw() {
    const { width, height: tall } = canvas.getBoundingClientRect();
    if (width < 1) return;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(tall * scale);
    const pen = canvas.getContext('2d');
    pen.scale(scale, scale);
    const shown = Math.min(bars, Math.floor(width / 5));
    const step = width / shown;
    const edge = part * (shown + 16) - 8;
    for (let at = 0; at < shown; at += 1) {
      const apart = smooth((edge - at) / 16 + 0.5);
      bar(pen, at, apart, step, tall);
    }
  }

  function bar(pen, at, apart, step, tall) {
    const wide = Math.max(2, step * 0.5);
    const x = (at + 0.5) * step;
    const all = stems.map((_, strand) => height(at, strand));
    const whole = Math.min(1, all.reduce((sum, one) => sum + one, 0) / 2.6);
    pen.lineCap = 'round';
    pen.lineWidth = wide;
    const line = (middle, half, ink, alpha) => {
      if (alpha <= 0.01) return;
      pen.globalAlpha = alpha;
      pen.strokeStyle = ink;
      pen.beginPath();
      pen.moveTo(x, middle - half);
      pen.lineTo(x, middle + half);
      pen.stroke();
    };
    line(tall / 2, (whole * tall) / 2 * 0.86, colour('mixture'), 1 - apart);
    all.forEach((one, strand) => {
      const home = (tall * (strand + 0.5)) / 4;
      line(tall / 2 + (home - tall / 2) * apart, (one * tall) / 8 * 0.82, colour(stems[strand]), apart);
    });
  }

  const sizes = new ResizeObserver(draw);
  sizes.observe(canvas);
  const stop = onColours(draw);
  return {
    node: canvas,
    set(next) { part = next; draw(); },
    end() { sizes.disconnect(); stop(); },
  };
}
