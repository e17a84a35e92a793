// The page of songs: hand one in, and the list of all that were.

import { remove } from '../../kit/js/api.js';
import { fill, h, icon } from '../../kit/js/dom.js';
import { clock, day, percent, t } from '../../kit/js/i18n.js';
import { ask, notice } from '../../kit/js/notices.js';
import { pagedList } from '../../kit/js/pages.js';
import { orderDesk } from '../order.js';
import { isOver, watchList } from '../../kit/js/watch.js';
import { credits } from '../amounts.js';

const states = ['', 'PROCESSING', 'COMPLETED', 'FAILED'];

export function songsView(app) {
  app.desk.order ??= orderDesk(app);
  const order = app.desk.order;
  const list = h('ul', { class: 'songs', id: 'songs' });
  const filter = h('select', { id: 'filter', 'aria-label': t('songs.filter') }, states.map((state) => h('option', { value: state }, t(`songs.filter.${state || 'ALL'}`))));
  filter.addEventListener('change', () => pages.load());
  const watch = watchList((id) => `/status/${encodeURIComponent(id)}`);
  const pages = pagedList({
    list, path: '/jobs', row, empty: () => h('li', { class: 'empty' }, t(filter.value ? 'songs.none' : 'songs.empty')),
    query: () => (filter.value ? { status: filter.value } : {}),
    cleared: watch.clear,
    shown(first, isNew) {
      if (!isNew) list.children[first]?.querySelector('a')?.focus();
      watch.follow();
    },
  });

  function row(job) {
    const name = job.file?.name || t('songs.nameless');
    const chip = h('span', { class: 'chip' });
    const about = h('p', { class: 'hint' });
    const gone = h('button', { type: 'button', class: 'plain', 'aria-label': t('songs.delete', { name }), on: { click: () => erase(job, name, item) } }, icon('bin'));
    const item = h('li', { class: 'song', data: { job: job.job_id } }, h('span', { class: 'mark', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'), h('i')),
      h('div', { class: 'what' }, h('a', { href: `#/songs/${encodeURIComponent(job.job_id)}`, class: 'name' }, name), about), chip, gone);
    const show = (state) => {
      Object.assign(job, state);
      item.dataset.status = job.status;
      const isMoving = job.status === 'PROCESSING' && job.progress > 0;
      fill(chip, isMoving ? `${t(`status.${job.status}`)} ${percent(job.progress)}` : t(`status.${job.status}`));
      const paid = job.charged ?? (isOver(job.status) && job.status !== 'COMPLETED' ? '0' : job.cost);
      fill(about, [job.file?.seconds ? clock(job.file.seconds) : null, job.created_at ? day(job.created_at) : null, paid ? credits(paid) : null].filter(Boolean).join(' · '));
      gone.hidden = !isOver(job.status);
      watch.note(job.job_id, job.status, show);
    };
    show(job);
    return item;
  }

  async function erase(job, name, item) {
    if (!(await ask(t('songs.deleteTitle'), t('songs.deleteText', { name }), t('songs.deleteDo'), { danger: true }))) return;
    try {
      await remove(`/job/${encodeURIComponent(job.job_id)}`);
      const next = item.nextElementSibling ?? item.previousElementSibling;
      item.remove();
      notice(t('songs.deleted', { name }), 'good');
      if (list.children.length === 0) pages.load();
      else next?.querySelector('a')?.focus();
    } catch (error) {
      notice(error.message, 'bad');
    }
  }

  const node = h('div', {}, h('h1', { tabindex: -1 }, t('songs.title')), order.node,
    h('section', { 'aria-labelledby': 'songs-list' }, h('div', { class: 'row apart head' }, h('h2', { id: 'songs-list' }, t('songs.list')), filter), pages.wrong, list, pages.more));
  order.draw();
  pages.load();
  return { node, title: t('songs.title'), leave: () => { pages.end(); watch.end(); } };
}
