// One lane of the player: a name, mute, solo, volume, and a waveform that is also the way to move in the song.

import { fresh, h, icon } from '../../kit/js/dom.js';
import { has, percent, size, t } from '../../kit/js/i18n.js';
import { stemColour } from '../stems.js';
import { positionSlider } from '../../kit/js/sound/slider.js';
import { waveCanvas } from '../../kit/js/sound/wave.js';

export const stemName = (stem) => (has(`stem.${stem}`) ? t(`stem.${stem}`) : stem);

/** Builds a lane. `act` holds what it can ask for: mute, solo, volume, seek, save. `state` is the mixer's of this stem. */
export function lane(stem, state, act, file) {
  const name = stemName(stem);
  const isOriginal = stem === 'mixture';
  const wave = waveCanvas(() => stemColour(stem));
  const label = fresh('lane');
  const slider = positionSlider({ label: t('player.position', { name }), seek: act.seek, position: act.position, content: wave.node });
  const press = (key, text, what) => h('button', { type: 'button', class: `press ${key}`, 'aria-pressed': 'false', 'aria-label': t(`player.${key}`, { name }), title: t(`player.${key}`, { name }), data: { act: key }, on: { click: what } }, text);
  const mute = isOriginal ? null : press('mute', 'M', () => act.mute(stem));
  const solo = isOriginal ? null : press('solo', 'S', () => act.solo(stem));
  const volume = isOriginal ? null : h('input', { type: 'range', min: 0, max: 100, step: 1, value: state.volume * 100, 'aria-label': t('player.volumeOf', { name }) });
  volume?.addEventListener('input', () => act.volume(stem, volume.value / 100));
  const save = file ? h('button', { type: 'button', class: 'plain save', 'aria-label': t('player.save', { name, size: size(file.size) }), title: t('player.save', { name, size: size(file.size) }), on: { click: () => act.save(stem) } }, icon('download')) : null;
  const node = h('div', { class: `lane ${stem}`, role: 'group', 'aria-labelledby': label, data: { stem, gain: '' } },
    h('div', { class: 'strip' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), h('span', { class: 'stem', id: label }, name), mute, solo, volume, save), slider.node);

  return {
    stem, node, wave,
    measure: slider.measure,
    place: slider.place,
    show(isHeard) {
      mute?.setAttribute('aria-pressed', String(state.isMuted));
      solo?.setAttribute('aria-pressed', String(state.isSolo));
      node.classList.toggle('quiet', !isHeard);
      if (volume && document.activeElement !== volume) volume.value = String(state.volume * 100);
      volume?.setAttribute('aria-valuetext', percent(state.volume));
    },
  };
}
