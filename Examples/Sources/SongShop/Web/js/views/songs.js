// The page of songs: ask for one, and the bank of all that were made.

import { remove } from '../../kit/js/api.js';
import { fill, h, icon } from '../../kit/js/dom.js';
import { day, percent, t } from '../../kit/js/i18n.js';
import { ask, notice } from '../../kit/js/notices.js';
import { pagedList } from '../../kit/js/pages.js';
import { isOver, watchList } from '../../kit/js/watch.js';
import { composeCard } from '../compose.js';
import { api, isGone, leavesSoon, lineOf, stateOf, titleOf } from '../shop.js';

export function songsView(app) {
  const compose = composeCard(app);
  const list = h('ul', { class: 'songs', id: 'songs' });
  const watch = watchList((id) => api('status', id));
  const bank = pagedList({
    list, path: '/api/v1/songs', row, empty: () => h('li', { class: 'empty' }, t('songs.empty')),
    cleared: watch.clear,
    shown(first, isNew) {
      if (!isNew) list.children[first]?.querySelector('a')?.focus();
      watch.follow();
    },
  });

  /** What the chip of a song says. */
  function chipText(song) {
    const state = stateOf(song.status);
    if (state === 'processing') return song.progress > 0 ? `${t('status.processing')} ${percent(song.progress)}` : t('status.processing');
    if (state === 'queued' && Number(song.queue_position) > 0) return t('status.queuedAt', { n: song.queue_position });
    if (state !== 'completed') return t(`status.${state}`);
    return isGone(song) ? t('status.gone') : t(`payment.${song.payment}`);
  }

  function row(song) {
    const name = titleOf(song);
    const chip = h('span', { class: 'chip' });
    const about = h('p', { class: 'hint' });
    const gone = h('button', { type: 'button', class: 'plain', 'aria-label': t('songs.delete', { name }), on: { click: () => erase(song, name, item) } }, icon('bin'));
    const item = h('li', { class: 'song', data: { job: song.job_id } }, h('span', { class: 'mark', 'aria-hidden': 'true' }, icon('song')),
      h('div', { class: 'what' }, h('a', { href: `#/songs/${encodeURIComponent(song.job_id)}`, class: 'name' }, name), about), chip, gone);
    const show = (next) => {
      Object.assign(song, next);
      item.dataset.status = stateOf(song.status);
      item.dataset.payment = song.payment;
      item.dataset.progress = String(song.progress ?? 0);
      fill(chip, chipText(song));
      fill(about, lineOf(song), leavesSoon(song) ? h('span', { class: 'soon' }, ` · ${t('songs.soon', { day: day(song.expires_at) })}`) : null);
      gone.hidden = !isOver(song.status);
      watch.note(song.job_id, song.status, show);
    };
    show(song);
    return item;
  }

  async function erase(song, name, item) {
    if (!(await askToErase(song, name))) return;
    try {
      await remove(api('songs', song.job_id));
      const next = item.nextElementSibling ?? item.previousElementSibling;
      item.remove();
      notice(t('songs.deleted', { name }), 'good');
      if (list.children.length === 0) bank.load();
      else next?.querySelector('a')?.focus();
    } catch (error) {
      notice(error.message, 'bad');
    }
  }

  bank.load();
  const node = h('div', {}, h('h1', { tabindex: -1 }, t('songs.title')), compose.node,
    h('section', { 'aria-labelledby': 'songs-list' }, h('div', { class: 'row apart head' }, h('h2', { id: 'songs-list' }, t('songs.list'))), bank.wrong, list, bank.more));
  return { node, title: t('songs.title'), leave: () => { bank.end(); compose.end(); watch.end(); } };
}

/** Asks before a song is deleted; whoever paid is told that the download goes too. */
export const askToErase = (song, name) => ask(t('songs.deleteTitle'), t(song.payment === 'paid' ? 'songs.deletePaid' : 'songs.deleteText', { name }), t('songs.deleteDo'), { danger: true });
