// Taking a song home: what it costs, what that buys, the way to the checkout, and the download of what is paid.

import { call, get, post, save, ticketed } from '../kit/js/api.js';
import { fill, h, icon } from '../kit/js/dom.js';
import { count, day, moment, size, t } from '../kit/js/i18n.js';
import { keep } from '../kit/js/keeper.js';
import { say, trouble } from '../kit/js/notices.js';
import { api, formatName, isGone, leavesSoon } from './shop.js';

/** The card of a finished song. `reload()` asks for the song anew, when what is shown may not hold any more. */
export function purchaseCard(song, reload) {
  const id = song.job_id;
  const wrong = trouble();
  const node = h('section', { class: 'card purchase', id: 'purchase', 'aria-labelledby': 'purchase-title', data: { payment: song.payment } });
  let timer = null;

  const title = (text) => h('h2', { id: 'purchase-title', tabindex: -1 }, text);
  const button = (name, text, what) => {
    const one = h('button', { type: 'button', class: 'main', id: name, on: { click: () => once(one, what) } }, text);
    return one;
  };
  async function once(one, what) {
    if (one.getAttribute('aria-disabled') === 'true') return;
    one.setAttribute('aria-disabled', 'true');
    wrong.clear();
    try { await what(); } finally { one.removeAttribute('aria-disabled'); }
  }

  /** What a refusal means, in words. The server's own say it where the page knows none. */
  function refusal(error) {
    if (error.status === 503 && error.retryAfter) return count('refusal.wait', error.retryAfter);
    const revoked = song.payment === 'disputed' ? 'refusal.disputed' : 'refusal.revoked';
    const name = { 402: error.code === 'payment_revoked' ? revoked : 'refusal.unpaid', 410: 'refusal.gone', 503: 'refusal.later' }[error.status];
    return name ? t(name) : error.message;
  }

  function until() {
    if (!song.expires_at) return null;
    const text = t('purchase.until', { day: day(song.expires_at) });
    return leavesSoon(song) ? h('p', { class: 'soon', id: 'soon' }, icon('warn'), h('span', {}, t('purchase.soon', { moment: moment(song.expires_at) }))) : h('p', { class: 'hint', id: 'until' }, text);
  }

  const facts = () => [formatName(song.format), song.file && size(song.file.size)].filter(Boolean).join(' · ');

  async function pay() {
    try {
      const purchase = await post(api('checkout', id));
      if (!purchase.checkout_url) return await reload();
      keep('purchase', id, 'sessionStorage');
      say(t('purchase.going'));
      location.assign(purchase.checkout_url);
    } catch (error) {
      wrong.tell({ 409: t('refusal.closed'), 410: t('refusal.gone') }[error.status] ?? refusal(error));
      if (error.status === 410) reload();
    }
  }

  /** Asks the provider again about a checkout that was opened. */
  async function look() {
    try {
      const { status, processing } = await get(api('checkout', id));
      if (status === 'pending' && processing === (song.payment === 'processing')) wrong.tell(t('purchase.stillPending'));
      else await reload();
    } catch (error) {
      wrong.tell(refusal(error));
    }
  }

  function showOffer(again) {
    const bought = ['whole', 'file', 'often'].map((name) => h('li', {}, icon('check'), h('span', {}, t(`purchase.${name}`, { facts: facts() }))));
    const isOpen = song.payment === 'pending';
    fill(node, title(t(again ? 'purchase.again' : 'purchase.title')), h('p', { class: 'figure', id: 'price' }, song.price.text), h('ul', { class: 'buys' }, bought),
      isOpen ? h('p', { class: 'hint', id: 'open-checkout' }, t('purchase.open')) : h('p', { class: 'hint' }, icon('lock'), h('span', {}, t('purchase.first'))),
      until(), wrong.box,
      h('div', { class: 'row' }, button('pay', t(isOpen ? 'purchase.goOn' : 'purchase.pay', { price: song.price.text }), pay),
        isOpen ? lookAgain() : null));
  }

  const lookAgain = () => h('button', { type: 'button', id: 'look', on: { click: (event) => once(event.currentTarget, look) } }, icon('again'), t('landing.look'));

  /** It was paid in a way that takes days; nobody should pay twice meanwhile. */
  function showProcessing() {
    fill(node, title(t('purchase.processing')), h('p', { id: 'processing' }, t('purchase.processingText')), until(), wrong.box, h('div', { class: 'row' }, lookAgain()));
  }

  // The download

  const link = h('a', { class: 'button main', id: 'download', href: song.download_url, download: song.file?.name ?? '' });

  /** Keeps the ticket in the link fresh, so that it also works when it is opened or saved by the browser's own menu. */
  async function freshen() {
    clearTimeout(timer);
    try { link.href = await ticketed(id, song.download_url); } catch { /* The click asks again, and tells what is wrong. */ }
    timer = setTimeout(freshen, 240_000);
  }

  async function take() {
    try {
      const address = await ticketed(id, song.download_url);
      // One byte tells whether it is let out; the browser then fetches all of it, and goes on where it broke off.
      const answer = await call('GET', song.download_url, { range: 'bytes=0-0', as: 'answer' });
      await answer.body?.cancel();
      link.href = address;
      save(address, song.file?.name);
      say(t('purchase.saving'));
    } catch (error) {
      wrong.tell(refusal(error));
      if (error.status === 402 || error.status === 410) await reload(error);
    }
  }
  link.addEventListener('click', (event) => {
    event.preventDefault();
    once(link, take);
  });

  function showFile() {
    fill(link, icon('download'), t('purchase.download', { facts: facts() }));
    const sum = song.file?.sha256 ? h('details', { class: 'lines' }, h('summary', {}, t('purchase.sum')), h('code', { id: 'sha256' }, song.file.sha256)) : null;
    const isFree = song.payment === 'free';
    fill(node, title(t(isFree ? 'purchase.free' : 'purchase.yours')), isFree ? h('p', { id: 'free' }, t('purchase.freeText')) : null, until(), wrong.box, h('div', { class: 'row' }, link,
      isFree ? null : h('a', { class: 'button', href: '#/receipts' }, icon('receipt'), t('purchase.receipt'))), sum);
    freshen();
  }

  function showRevoked() {
    const kind = song.payment === 'disputed' ? 'disputed' : 'refunded';
    const text = h('div', { class: 'revoked', id: 'revoked', data: { payment: song.payment } }, icon('warn'), h('div', {}, h('h2', { id: 'purchase-title', tabindex: -1 }, t(`purchase.${kind}`)), h('p', {}, t(`purchase.${kind}Text`))));
    if (kind === 'disputed') return fill(node, text, wrong.box);
    showOffer(true);
    node.removeAttribute('aria-labelledby');
    node.querySelector('#purchase-title').removeAttribute('id');
    node.prepend(text);
    return node.setAttribute('aria-labelledby', 'purchase-title');
  }

  /** The files were deleted when their time was over; a receipt stays. */
  function showGone() {
    fill(node, h('div', { class: 'revoked' }, icon('clock'), h('div', {}, title(t('purchase.gone')), h('p', {}, t('purchase.goneText')))));
  }

  if (isGone(song)) showGone();
  else if (['paid', 'free'].includes(song.payment)) showFile();
  else if (['refunded', 'disputed'].includes(song.payment)) showRevoked();
  else if (song.payment === 'processing') showProcessing();
  else showOffer(false);
  return { node, refuse: (error) => wrong.tell(refusal(error)), end() { clearTimeout(timer); } };
}
