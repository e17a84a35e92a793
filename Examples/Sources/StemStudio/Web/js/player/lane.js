// One lane of the player: a name, mute, solo, volume, and a waveform that is also the way to move in the song.

import { fresh, h, icon } from '../dom.js';
import { clock, has, percent, size, spoken, t } from '../i18n.js';
import { stemColour } from '../theme.js';
import { waveCanvas } from './wave.js';

export const stemName = (stem) => (has(`stem.${stem}`) ? t(`stem.${stem}`) : stem);

/** Builds a lane. `act` holds what it can ask for: mute, solo, volume, seek, save. `state` is the mixer's of this stem. */
export function lane(stem, state, act, file) {
  const name = stemName(stem);
  const isOriginal = stem === 'mixture';
  const wave = waveCanvas(() => stemColour(stem));
  const label = fresh('lane');
  const slider = h('div', { class: 'wave', role: 'slider', tabindex: 0, 'aria-label': t('player.position', { name }), 'aria-valuemin': 0, 'aria-valuemax': 0, 'aria-valuenow': 0, 'aria-orientation': 'horizontal' }, wave.node);
  const press = (key, text, what) => h('button', { type: 'button', class: `press ${key}`, 'aria-pressed': 'false', 'aria-label': t(`player.${key}`, { name }), title: t(`player.${key}`, { name }), data: { act: key }, on: { click: what } }, text);
  const mute = isOriginal ? null : press('mute', 'M', () => act.mute(stem));
  const solo = isOriginal ? null : press('solo', 'S', () => act.solo(stem));
  const volume = isOriginal ? null : h('input', { type: 'range', min: 0, max: 100, step: 1, value: state.volume * 100, 'aria-label': t('player.volumeOf', { name }) });
  volume?.addEventListener('input', () => act.volume(stem, volume.value / 100));
  const save = file ? h('button', { type: 'button', class: 'plain save', 'aria-label': t('player.save', { name, size: size(file.size) }), title: t('player.save', { name, size: size(file.size) }), on: { click: () => act.save(stem) } }, icon('download')) : null;
  const node = h('div', { class: `lane ${stem}`, role: 'group', 'aria-labelledby': label, data: { stem, gain: '' } },
    h('div', { class: 'strip' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), h('span', { class: 'stem', id: label }, name), mute, solo, volume, save), slider);

  let length = 0;
  const at = (event) => {
    const box = slider.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * length;
  };
  slider.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || length === 0) return;
    slider.setPointerCapture(event.pointerId);
    act.seek(at(event));
  });
  slider.addEventListener('pointermove', (event) => { if (slider.hasPointerCapture(event.pointerId)) act.seek(at(event)); });
  slider.addEventListener('keydown', (event) => {
    const steps = { ArrowRight: 5, ArrowUp: 5, ArrowLeft: -5, ArrowDown: -5, PageUp: 15, PageDown: -15 };
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const fine = event.shiftKey ? 0.2 : 1;
    if (event.key in steps) act.seek(act.position() + steps[event.key] * fine);
    else if (event.key === 'Home') act.seek(0);
    else if (event.key === 'End') act.seek(length);
    else return;
    event.preventDefault();
  });

  let told = -1;
  return {
    stem, node, wave,
    measure(seconds) {
      length = seconds;
      slider.setAttribute('aria-valuemax', seconds.toFixed(1));
    },
    /** Says where the play-head is; once a second is enough for readers of the screen. */
    place(seconds) {
      if (Math.floor(seconds) === told) return;
      told = Math.floor(seconds);
      slider.setAttribute('aria-valuenow', seconds.toFixed(1));
      slider.setAttribute('aria-valuetext', t('player.at', { at: spoken(seconds), all: spoken(length) }));
    },
    show(isHeard) {
      mute?.setAttribute('aria-pressed', String(state.isMuted));
      solo?.setAttribute('aria-pressed', String(state.isSolo));
      node.classList.toggle('quiet', !isHeard);
      if (volume && document.activeElement !== volume) volume.value = String(state.volume * 100);
      volume?.setAttribute('aria-valuetext', percent(state.volume));
    },
    hint: () => clock(length),
  };
}
