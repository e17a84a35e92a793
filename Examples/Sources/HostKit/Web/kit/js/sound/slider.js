// The way to move in a sound: a slider that a waveform fills, by mouse, finger and keys.

import { h } from '../dom.js';
import { spoken, t } from '../i18n.js';

/** Builds it around `content`. `seek(seconds)` is asked for, `position()` says where the sound is. */
export function positionSlider({ label, seek, position, content }) {
  const node = h('div', { class: 'wave', role: 'slider', tabindex: 0, 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': 0, 'aria-valuenow': 0, 'aria-orientation': 'horizontal' }, content);
  let length = 0;
  const at = (event) => {
    const box = node.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * length;
  };
  node.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || length === 0) return;
    node.setPointerCapture(event.pointerId);
    seek(at(event));
  });
  node.addEventListener('pointermove', (event) => { if (node.hasPointerCapture(event.pointerId)) seek(at(event)); });
  node.addEventListener('keydown', (event) => {
    const steps = { ArrowRight: 5, ArrowUp: 5, ArrowLeft: -5, ArrowDown: -5, PageUp: 15, PageDown: -15 };
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const fine = event.shiftKey ? 0.2 : 1;
    if (event.key in steps) seek(position() + steps[event.key] * fine);
    else if (event.key === 'Home') seek(0);
    else if (event.key === 'End') seek(length);
    else return;
    event.preventDefault();
  });

  let told = -1;
  return {
    node,
    /** Says how long the sound is, and the first second that can be reached. */
    measure(seconds, first = 0) {
      length = seconds;
      node.setAttribute('aria-valuemin', first.toFixed(1));
      node.setAttribute('aria-valuemax', seconds.toFixed(1));
    },
    /** Says where the play-head is; once a second is enough for readers of the screen. */
    place(seconds) {
      if (Math.floor(seconds) === told) return;
      told = Math.floor(seconds);
      node.setAttribute('aria-valuenow', seconds.toFixed(1));
      node.setAttribute('aria-valuetext', t('player.at', { at: spoken(seconds), all: spoken(length) }));
    },
  };
}
