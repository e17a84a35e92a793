// The page of one song: how far it is, why it failed, or its excerpt and the way to take it home.

import { get, post, remove } from '../../kit/js/api.js';
import { fill, h, icon } from '../../kit/js/dom.js';
import { titled } from '../../kit/js/host.js';
import { clock, has, moment, percent, t } from '../../kit/js/i18n.js';
import { keep } from '../../kit/js/keeper.js';
import { followPurchase } from '../../kit/js/landing.js';
import { notice, say, trouble } from '../../kit/js/notices.js';
import { isOver, reason, watchJob } from '../../kit/js/watch.js';
import { startFrom } from '../compose.js';
import { excerptPlayer } from '../excerpt.js';
import { purchaseCard } from '../purchase.js';
import { roll } from '../roll.js';
import { api, formatName, isGone, stateOf, styleName, titleOf } from '../shop.js';
import { askToErase } from './songs.js';

export function songView(app, id) {
  const title = h('h1', { tabindex: -1, class: 'name' }, t('song.loading'));
  const facts = h('dl', { class: 'facts', id: 'song-facts' });
  const landing = h('div', { id: 'landing' });
  const place = h('div', { class: 'stage' });
  const till = h('div', { class: 'till' });
  const foot = h('div', { class: 'row end foot' });
  const wrong = trouble();
  let end = null;
  let purchase = null;
  let stopFollowing = null;
  let isLeft = false;
  let song = null;
  let shown = '';

  const close = () => { end?.(); end = null; };

  async function load() {
    wrong.clear();
    try {
      song = await get(api('status', id));
    } catch (error) {
      if (error.code === 'signed_out' || isLeft) return;
      title.textContent = t('song.title');
      wrong.tell(error.status === 404 ? t('song.none') : error.message,
        error.status === 404 ? h('a', { href: '#/songs' }, t('song.back')) : h('button', { type: 'button', on: { click: load } }, icon('again'), t('again')));
      return;
    }
    if (!isLeft) show();
  }

  /** Asks anew after something was refused, and says again what was. */
  async function reload(refused = null) {
    await load();
    if (refused) purchase?.refuse(refused);
  }

  /** Whoever comes back to this tab finds what happened meanwhile, in another tab or by mail. */
  async function refresh() {
    if (document.hidden || song === null || stateOf(song.status) !== 'completed') return;
    try {
      const next = await get(api('status', id));
      if (isLeft || (next.payment === song.payment && next.status === song.status && next.download_url === song.download_url)) return;
      song = next;
      show();
    } catch { /* What is shown stays; every button asks anew. */ }
  }

  function show() {
    const state = stateOf(song.status);
    title.textContent = titleOf(song);
    document.title = titled(title.textContent);
    const rows = { style: song.style && styleName(song.style), length: song.length && clock(song.length), seed: song.seed, format: formatName(song.format), made: song.created_at && moment(song.created_at) };
    fill(facts, Object.entries(rows).filter(([, text]) => text || text === 0).map(([name, text]) => h('div', {}, h('dt', {}, t(`song.${name}`)), h('dd', {}, String(text)))));
    place.dataset.status = state;
    // What plays goes on playing when only the payment has changed.
    const stage = state !== 'completed' ? (isOver(state) ? state : 'progress') : isGone(song) ? 'gone' : 'player';
    if (stage !== shown || stage === 'progress') {
      close();
      shown = stage;
      if (stage === 'player') showPlayer();
      else if (stage === 'gone') place.replaceChildren();
      else if (stage === 'progress') showProgress();
      else showEnd(state);
    }
    // Thanks do not outlive the money.
    if (!['paid', 'free'].includes(song.payment)) landing.querySelector('[data-status=paid]')?.remove();
    purchase?.end();
    purchase = state === 'completed' ? purchaseCard(song, reload) : null;
    fill(till, purchase?.node);
    const again = h('button', { type: 'button', id: 'start-from', on: { click: () => { startFrom(song); app.go('/songs'); } } }, icon('again'), t('song.from'));
    const erase = h('button', { type: 'button', id: 'delete', on: { click: eraseSong } }, icon('bin'), t('song.delete'));
    fill(foot, isOver(state) ? [again, erase] : null);
  }

  function showPlayer() {
    const one = excerptPlayer(song);
    end = one.end;
    fill(place, one.node);
  }

  function showProgress() {
    const picture = roll({ text: `${song.seed} ${song.style ?? ''}`, share: 0 });
    const bar = h('progress', { max: 1, value: 0, 'aria-label': t('progress.label') });
    const number = h('strong', { id: 'progress' });
    const stage = h('p', { id: 'stage' });
    const stop = h('button', { type: 'button', id: 'job-cancel', on: { click: () => change('cancel', stop) } }, icon('close'), t('song.cancel'));
    fill(place, h('section', { class: 'card work', 'aria-label': t('progress.label') }, picture.node, h('div', { class: 'row apart' }, h('div', {}, number, stage), stop), bar, h('p', { class: 'hint' }, t('progress.leave'))));
    let told = -1;
    const tell = (state) => {
      // Events do not count the queue; what was counted before is better than nothing.
      Object.assign(song, { ...state, queue_position: state.queue_position ?? song.queue_position });
      const status = stateOf(song.status);
      if (isOver(status)) {
        say(t(`status.${status}`));
        return load();
      }
      const share = Math.min(1, Math.max(0, Number(song.progress) || 0));
      picture.set({ share });
      bar.value = share;
      Object.assign(place.dataset, { progress: String(share), status });
      number.textContent = percent(share);
      stage.textContent = stageText(status);
      const quarter = Math.floor(share * 4);
      if (quarter > told && told >= 0) say(t('progress.said', { share: percent(share) }));
      told = Math.max(told, quarter);
      return undefined;
    };
    tell({});
    const stopWatching = watchJob(id, (state) => { if (!isLeft) tell(state); }, api('status', id));
    end = () => {
      stopWatching();
      picture.end();
    };
  }

  function stageText(status) {
    if (status === 'queued') return Number(song.queue_position) > 0 ? t('progress.queue', { n: song.queue_position }) : t('progress.waiting');
    return has(`stage.${song.stage}`) ? t(`stage.${song.stage}`) : t('stage.working');
  }

  function showEnd(state) {
    const failed = state === 'failed';
    const retry = h('button', { type: 'button', class: 'main', id: 'retry', on: { click: () => change('retry', retry) } }, icon('again'), t('song.retry'));
    const told = failed ? reason(song) : '';
    const why = failed ? h('p', { id: 'reason' }, told || t('song.unknown')) : null;
    // The server's own words say it already.
    const free = told ? null : h('p', { class: 'hint' }, t('song.free'));
    fill(place, h('section', { class: `card end ${failed ? 'bad' : ''}` }, icon(failed ? 'warn' : 'close'),
      h('div', {}, h('h2', {}, t(failed ? 'song.failed' : 'song.cancelled')), why, free, h('div', { class: 'row' }, retry))));
  }

  async function change(what, button) {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    wrong.clear();
    try {
      const answer = await post(api(what, id));
      if (answer?.job_id && answer.job_id !== id) return app.go(`/songs/${encodeURIComponent(answer.job_id)}`);
      await load();
      title.focus();
    } catch (error) {
      wrong.tell(error.message);
    } finally {
      button.removeAttribute('aria-disabled');
    }
  }

  async function eraseSong() {
    const name = titleOf(song);
    if (!(await askToErase(song, name))) return;
    try {
      await remove(api('songs', id));
      notice(t('songs.deleted', { name }), 'good');
      app.go('/songs');
    } catch (error) {
      notice(error.message, 'bad');
    }
  }

  function follow() {
    return followPurchase({
      place: landing, cameBack: app.brought.paid === true,
      look: () => get(api('checkout', id)),
      settled: () => load(),
      forget() {
        delete app.brought.song;
        delete app.brought.paid;
        for (const name of ['purchase', 'returned']) keep(name, null, 'sessionStorage');
      },
    });
  }

  load();
  document.addEventListener('visibilitychange', refresh);
  if (app.brought.song === id) stopFollowing = follow();
  const back = h('a', { href: '#/songs', class: 'back' }, icon('back'), t('song.back'));
  return {
    node: h('div', {}, back, title, facts, landing, wrong.box, place, till, foot), title: t('song.title'),
    leave() {
      isLeft = true;
      document.removeEventListener('visibilitychange', refresh);
      stopFollowing?.();
      purchase?.end();
      close();
    },
  };
}
