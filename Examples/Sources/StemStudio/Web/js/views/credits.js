// The page of credits: what there is, packages to buy, a purchase that just came back, and everything that moved.

import * as account from '../../kit/js/account.js';
import { call, get, keyFor, post, save, settle } from '../../kit/js/api.js';
import { fill, h, icon } from '../../kit/js/dom.js';
import { count, day, has, moment, t } from '../../kit/js/i18n.js';
import { keep } from '../../kit/js/keeper.js';
import { followPurchase } from '../../kit/js/landing.js';
import { notice, say, trouble } from '../../kit/js/notices.js';
import { pagedList } from '../../kit/js/pages.js';
import { amount, credits } from '../amounts.js';

export function creditsView(app) {
  let stopFollowing = null;
  const landing = h('div', { id: 'landing' });
  const funds = h('section', { class: 'card funds', 'aria-labelledby': 'funds-title' });
  const shop = h('ul', { class: 'packages', id: 'packages', 'aria-busy': 'true' });
  const shopWrong = trouble();
  const rows = h('tbody');
  const table = h('table', { class: 'ledger', id: 'history' }, h('caption', { class: 'unseen' }, t('history.title')),
    h('thead', {}, h('tr', {}, ['at', 'kind', 'amount', 'after'].map((name) => h('th', { scope: 'col', class: name }, t(`history.${name}`))))), rows);
  const pages = pagedList({
    list: rows, path: '/credits/history', row, empty: () => h('tr', {}, h('td', { colspan: 4 }, t('history.empty'))),
    shown(first, isNew) { if (!isNew) say(count('history.count', rows.children.length)); },
  });

  function showFunds() {
    const now = account.funds();
    funds.hidden = now === null;
    if (now === null) return;
    const notes = [
      Number(now.held) > 0 ? t('funds.held', { credits: credits(now.held) }) : null,
      Number(now.debt) > 0 ? t('funds.debt', { credits: credits(now.debt) }) : null,
      ...(now.expiring ?? []).map((one) => t('funds.expiring', { credits: credits(one.amount), day: day(one.expires_at) })),
    ].filter(Boolean);
    fill(funds, h('h2', { id: 'funds-title', class: 'hint' }, t('balance.label')), h('p', { class: 'figure' }, credits(now.available)), notes.map((note) => h('p', { class: 'hint' }, note)));
  }

  async function loadShop() {
    shopWrong.clear();
    try {
      const { items } = await get('/credits/packages');
      fill(shop, items.map((one) => {
        const bonus = Number(one.bonus) > 0 ? h('p', { class: 'bonus' }, t('shop.bonus', { credits: credits(one.bonus) })) : null;
        const buy = h('button', { type: 'button', class: 'main', data: { package: one.id }, 'aria-label': t('shop.buyNamed', { name: one.name, price: one.price.text }), on: { click: () => purchase(one, buy) } }, t('shop.buy', { price: one.price.text }));
        return h('li', { class: 'package' }, h('h3', { class: Number.parseFloat(one.name) === Number(one.credits) && 'unseen' }, one.name), h('p', { class: 'figure' }, credits(one.credits)), bonus, buy);
      }));
    } catch (error) {
      if (error.code !== 'signed_out') shopWrong.tell(error.message, h('button', { type: 'button', on: { click: loadShop } }, icon('again'), t('again')));
    } finally {
      shop.removeAttribute('aria-busy');
    }
  }

  async function purchase(one, button) {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    shopWrong.clear();
    const intention = `purchase ${one.id}`;
    try {
      const answer = await post('/credits/purchase', { package: one.id }, { key: keyFor(intention) });
      settle(intention);
      keep('purchase', answer.purchase_id, 'sessionStorage');
      say(t('shop.going'));
      location.assign(answer.checkout_url);
    } catch (error) {
      if (error.status !== 0 && error.status < 500) settle(intention);
      shopWrong.tell(error.message);
      button.removeAttribute('aria-disabled');
    }
  }

  /** Follows the purchase that was begun here, or that a link brought. */
  function follow(id) {
    return followPurchase({
      place: landing, cameBack: app.brought.paid === true,
      look: () => get(`/credits/purchases/${encodeURIComponent(id)}`),
      async settled() {
        await account.reload();
        pages.load();
      },
      forget() {
        delete app.brought.purchase;
        delete app.brought.paid;
        for (const name of ['purchase', 'returned']) keep(name, null, 'sessionStorage');
      },
    });
  }

  function row(one) {
    const kind = `kind.${String(one.kind).toLowerCase().replace(/[^a-z]/g, '')}`;
    // A payment's own number is for the CSV; here it says that the credits were bought.
    const isPaid = /^[a-z]+:\w+$/.test(one.note ?? '');
    const name = kind === 'kind.grant' && isPaid ? t('kind.purchase') : has(kind) ? t(kind) : String(one.kind);
    const job = one.job_id ? h('a', { href: `#/songs/${encodeURIComponent(one.job_id)}` }, t('history.song')) : null;
    // What is only set aside moves nothing yet, so its amount has no sign.
    const change = Number(one.change ?? one.amount);
    const sign = change > 0 ? 'plus' : change < 0 ? 'minus' : 'still';
    return h('tr', { data: { kind: one.kind, seq: one.seq } }, h('td', { class: 'at' }, moment(one.at)),
      h('td', { class: 'kind' }, name, one.note && !isPaid ? h('span', { class: 'hint' }, ` ${one.note}`) : null, job ? [' ', job] : null),
      h('td', { class: `amount ${sign}`, data: { label: t('history.amount') } }, change === 0 ? (Number(one.amount) === 0 ? '' : `(${amount(one.amount)})`) : amount(change, true)),
      h('td', { class: 'after', data: { label: t('history.after') } }, amount(one.balance_after)));
  }

  async function csv() {
    try {
      const blob = await call('GET', '/credits/history.csv', { as: 'blob' });
      const address = URL.createObjectURL(blob);
      save(address, 'stemstudio-history.csv');
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    } catch (error) {
      notice(error.message, 'bad');
    }
  }

  const stop = account.onChange(showFunds);
  showFunds();
  loadShop();
  pages.load();
  if (app.brought.purchase) stopFollowing = follow(app.brought.purchase);
  else account.reload();
  const node = h('div', {}, h('h1', { tabindex: -1 }, t('credits.title')), landing, funds,
    h('section', { 'aria-labelledby': 'shop-title' }, h('h2', { id: 'shop-title' }, t('shop.title')), shopWrong.box, shop),
    h('section', { 'aria-labelledby': 'history-title' }, h('div', { class: 'row apart head' }, h('h2', { id: 'history-title' }, t('history.title')),
      h('button', { type: 'button', id: 'csv', on: { click: csv } }, icon('download'), t('history.csv'))), pages.wrong, table, pages.more));
  return { node, title: t('credits.title'), leave: () => { stopFollowing?.(); pages.end(); stop(); } };
}
