// The page for people who are not signed in: what this is, what it costs, and the way in.

import { h } from '../../kit/js/dom.js';
import { t } from '../../kit/js/i18n.js';
import { entryCard } from '../../kit/js/views/entry.js';
import { roll } from '../roll.js';
import { shop } from '../shop.js';

export function welcomeView(app) {
  const picture = roll({ text: 'welcome', share: 0.62, label: t('welcome.picture') });
  const price = h('p', { class: 'lead', id: 'welcome-price' });
  const steps = ['one', 'two', 'three'].map((name) => h('li', {}, h('h2', {}, t(`welcome.${name}`)), h('p', { id: `welcome-${name}` }, t(`welcome.${name}Text`))));
  const tell = (info) => {
    price.textContent = info.require_payment ? t('welcome.price', { price: info.price.text }) : t('welcome.allFree');
    if (!info.require_payment) steps[2].querySelector('p').textContent = t('welcome.threeFree');
  };
  shop().then(tell, () => { price.remove(); });
  const node = h('div', { class: 'welcome' },
    h('div', { class: 'pitch' }, h('h1', { tabindex: -1 }, t('welcome.title')), h('p', { class: 'lead' }, t('welcome.text')), price, picture.node), entryCard(app), h('ol', { class: 'steps' }, steps));
  return { node, title: t('welcome.short'), leave: picture.end };
}
