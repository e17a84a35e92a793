// The page of receipts: every purchase of a song, and what became of its money.

import { h } from '../../kit/js/dom.js';
import { has, moment, t } from '../../kit/js/i18n.js';
import { say } from '../../kit/js/notices.js';
import { pagedList } from '../../kit/js/pages.js';

export function receiptsView() {
  const rows = h('tbody');
  const table = h('table', { class: 'ledger', id: 'receipts' }, h('caption', { class: 'unseen' }, t('receipts.title')),
    h('thead', {}, h('tr', {}, ['at', 'kind', 'amount', 'after'].map((name) => h('th', { scope: 'col', class: name }, t(`receipts.${name}`))))), rows);
  const list = pagedList({
    list: rows, path: '/api/v1/receipts', row, empty: () => h('tr', {}, h('td', { colspan: 4 }, t('receipts.empty'))),
    shown(first, isNew) { if (!isNew) say(t('receipts.more')); },
  });

  function row(one) {
    const status = has(`purchase.is.${one.status}`) ? t(`purchase.is.${one.status}`) : one.status;
    const isBack = Number(one.refunded?.amount_minor) > 0;
    return h('tr', { data: { status: one.status, purchase: one.purchase_id } }, h('td', { class: 'at' }, moment(one.created_at)),
      h('td', { class: 'kind' }, h('a', { href: `#/songs/${encodeURIComponent(one.job_id)}` }, t('receipts.song')), h('span', { class: 'hint number' }, ` ${one.purchase_id}`)),
      h('td', { class: 'amount', data: { label: t('receipts.amount') } }, one.price.text, isBack ? h('span', { class: 'hint' }, ` ${t('receipts.refunded', { price: one.refunded.text })}`) : null),
      h('td', { class: 'after' }, status));
  }

  list.load();
  const node = h('div', {}, h('h1', { tabindex: -1 }, t('receipts.title')), h('p', { class: 'hint' }, t('receipts.text')), list.wrong, table, list.more);
  return { node, title: t('receipts.title'), leave: list.end };
}
