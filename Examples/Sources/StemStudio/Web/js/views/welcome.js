// The page for people who are not signed in: what this is, and the way in.

import { h } from '../../kit/js/dom.js';
import { t } from '../../kit/js/i18n.js';
import { entryCard } from '../../kit/js/views/entry.js';
import { strands } from '../strands.js';

export function welcomeView(app) {
  const picture = strands({ share: 0.46, bars: 120, label: t('welcome.picture') });
  const steps = ['one', 'two', 'three'].map((name) => h('li', {}, h('h2', {}, t(`welcome.${name}`)), h('p', {}, t(`welcome.${name}Text`))));
  const node = h('div', { class: 'welcome' },
    h('div', { class: 'pitch' }, h('h1', { tabindex: -1 }, t('welcome.title')), h('p', { class: 'lead' }, t('welcome.text')), picture.node), entryCard(app), h('ol', { class: 'steps' }, steps));
  return { node, title: t('welcome.short'), leave: picture.end };
}
