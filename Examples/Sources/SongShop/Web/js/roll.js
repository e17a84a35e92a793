// The drawing of the house: the notes of a song that is not yet, the same for the same seed.

import { h } from '../kit/js/dom.js';
import { colour, onColours } from '../kit/js/theme.js';

/** Numbers 0…1 that follow from a text. */
function numbers(text) {
  let state = 2166136261;
  for (const letter of text) state = Math.imul(state ^ letter.codePointAt(0), 16777619);
  return () => {
    state = Math.imul(state ^ (state >>> 15), 2246822507) + 0x6d2b79f5;
    state ^= state >>> 13;
    return (state >>> 0) / 2 ** 32;
  };
}

const rows = 12;

/** Notes as `[step, row, length]`: a tune that walks, over a bass that changes every four steps. */
function notes(text, steps) {
  const next = numbers(text);
  const found = [];
  let row = 3 + Math.floor(next() * 4);
  for (let step = 0; step < steps;) {
    const length = [1, 1, 2, 2, 3][Math.floor(next() * 5)];
    if (next() > 0.12) found.push([step, row, Math.min(length, steps - step)]);
    row = Math.min(rows - 4, Math.max(0, row + Math.round((next() - 0.5) * 5)));
    step += length;
  }
  for (let step = 0; step < steps; step += 4) found.push([step, rows - 1 - Math.floor(next() * 3), Math.min(3, steps - step)]);
  return found;
}

/** A canvas of the drawing. `set` changes the text it follows from, or the share that has its colour; `end` stops watching. */
export function roll({ text = '', share = 1, label = null }) {
  const canvas = h('canvas', { class: 'roll', role: label ? 'img' : null, 'aria-label': label, 'aria-hidden': label ? null : 'true' });
  const now = { text, share };

  function draw() {
    const { width, height } = canvas.getBoundingClientRect();
    if (width < 1) return;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const pen = canvas.getContext('2d');
    pen.scale(scale, scale);
    const steps = Math.max(8, Math.floor(width / 17));
    const [wide, tall] = [width / steps, height / rows];
    for (const [step, row, length] of notes(now.text, steps)) {
      pen.fillStyle = step < now.share * steps ? colour('tune') : colour('line');
      pen.globalAlpha = row > rows - 4 ? 0.45 : 1;
      pen.beginPath();
      pen.roundRect(step * wide + 1, row * tall + 1, length * wide - 3, Math.max(3, tall - 2), 3);
      pen.fill();
    }
  }

  const sizes = new ResizeObserver(draw);
  sizes.observe(canvas);
  const stop = onColours(draw);
  return {
    node: canvas,
    set(next) { Object.assign(now, next); draw(); },
    end() { sizes.disconnect(); stop(); },
  };
}
