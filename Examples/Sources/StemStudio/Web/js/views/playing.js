// The settings of the player: its keys, and whether songs are streamed.

import { h } from '../../kit/js/dom.js';
import { t } from '../../kit/js/i18n.js';
import { keep, kept } from '../../kit/js/keeper.js';
import { tick } from '../../kit/js/views/form.js';

/** A card of the page of settings. */
export function playerSettings() {
  return h('section', { class: 'card' }, h('h2', {}, t('settings.player')),
    tick(t('settings.keys'), t('settings.keysHint'), kept('keys') !== 'off', (isOn) => keep('keys', isOn ? null : 'off')),
    tick(t('settings.stream'), t('settings.streamHint'), kept('stream') === 'yes', (isOn) => keep('stream', isOn ? 'yes' : null)));
}
