// The page of one song: how far it is, why it failed, or what came out of it.

import * as account from '../../kit/js/account.js';
import { get, post, remove } from '../../kit/js/api.js';
import { fill, h, icon } from '../../kit/js/dom.js';
import { titled } from '../../kit/js/host.js';
import { clock, day, has, moment, percent, t } from '../../kit/js/i18n.js';
import { ask, notice, say, trouble } from '../../kit/js/notices.js';
import { player } from '../player/player.js';
import { strands } from '../strands.js';
import { isOver, reason, watchJob } from '../../kit/js/watch.js';
import { credits } from '../amounts.js';

export function songView(app, id) {
  const title = h('h1', { tabindex: -1, class: 'name' }, t('song.loading'));
  const about = h('p', { class: 'hint', id: 'song-about' });
  const place = h('div', { class: 'stage' });
  const foot = h('div', { class: 'row end foot' });
  const wrong = trouble();
  let end = null;
  let isLeft = false;
  let job = null;

  const act = (what) => post(`/job/${encodeURIComponent(id)}/${what}`);
  const close = () => { end?.(); end = null; };

  async function load() {
    wrong.clear();
    try {
      job = await get(`/job/${encodeURIComponent(id)}`);
    } catch (error) {
      if (error.code === 'signed_out' || isLeft) return;
      title.textContent = t('song.title');
      return wrong.tell(error.status === 404 ? t('song.none') : error.message,
        error.status === 404 ? h('a', { href: '#/songs' }, t('song.back')) : h('button', { type: 'button', on: { click: load } }, icon('again'), t('again')));
    }
    if (!isLeft) show();
  }

  function show() {
    close();
    title.textContent = job.file?.name || t('songs.nameless');
    document.title = titled(title.textContent);
    const paid = job.charged ?? (job.status === 'COMPLETED' ? job.cost : null);
    about.textContent = [job.file?.seconds ? clock(job.file.seconds) : null, job.created_at ? moment(job.created_at) : null, paid ? credits(paid) : null,
      job.expires_at && job.status === 'COMPLETED' ? t('song.until', { day: day(job.expires_at) }) : null].filter(Boolean).join(' · ');
    place.dataset.status = job.status;
    if (job.status === 'COMPLETED' && job.outputs.length > 0) showPlayer();
    else if (job.status === 'COMPLETED') showPurged();
    else if (isOver(job.status)) showEnd();
    else showProgress();
    const erase = h('button', { type: 'button', id: 'delete', on: { click: eraseJob } }, icon('bin'), t('song.delete'));
    fill(foot, isOver(job.status) ? erase : null);
  }

  function showPlayer() {
    const one = player(job);
    end = one.end;
    fill(place, one.node);
  }

  /** The time that files are kept is over. */
  function showPurged() {
    fill(place, h('section', { class: 'card end' }, icon('clock'), h('div', {}, h('h2', {}, t('song.purged')), h('p', {}, t('song.purgedText')), h('div', { class: 'row' }, h('a', { class: 'button main', href: '#/songs' }, t('drop.label'))))));
  }

  function showProgress() {
    const picture = strands({ share: 0, bars: 140 });
    const bar = h('progress', { max: 1, value: 0, 'aria-label': t('progress.label') });
    const number = h('strong', { id: 'progress' });
    const stage = h('p', { id: 'stage' });
    const stop = h('button', { type: 'button', id: 'job-cancel', on: { click: () => change('cancel', stop) } }, icon('close'), t('song.cancel'));
    fill(place, h('section', { class: 'card work', 'aria-label': t('progress.label') }, picture.node, h('div', { class: 'row apart' }, h('div', {}, number, stage), stop), bar, h('p', { class: 'hint' }, t('progress.leave'))));
    let told = -1;
    const tell = (state) => {
      // Events do not count the queue; what was counted before is better than nothing.
      Object.assign(job, state, { queue_position: state.queue_position ?? job.queue_position });
      if (isOver(job.status)) {
        say(t(`status.${job.status}`));
        account.reload();
        return load();
      }
      const share = Math.min(1, Math.max(0, Number(job.progress) || 0));
      picture.set(share);
      bar.value = share;
      place.dataset.progress = String(share);
      place.dataset.status = job.status;
      number.textContent = percent(share);
      stage.textContent = stageText();
      const quarter = Math.floor(share * 4);
      if (quarter > told && told >= 0) say(t('progress.said', { share: percent(share) }));
      told = Math.max(told, quarter);
    };
    tell({});
    const stopWatching = watchJob(id, (state) => { if (!isLeft) tell(state); });
    end = () => {
      stopWatching();
      picture.end();
    };
  }

  function stageText() {
    if (job.status === 'PENDING') return Number(job.queue_position) > 0 ? t('progress.queue', { n: job.queue_position }) : t('progress.waiting');
    return has(`stage.${job.stage}`) ? t(`stage.${job.stage}`) : t('stage.working');
  }

  function showEnd() {
    const failed = job.status === 'FAILED';
    const retry = h('button', { type: 'button', class: 'main', id: 'retry', on: { click: () => change('retry', retry) } }, icon('again'), t('song.retry'));
    const why = failed ? h('p', { id: 'reason' }, reason(job) || t('song.unknown')) : null;
    fill(place, h('section', { class: `card end ${failed ? 'bad' : ''}` }, icon(failed ? 'warn' : 'close'),
      h('div', {}, h('h2', {}, t(failed ? 'song.failed' : 'song.cancelled')), why, h('p', { class: 'hint' }, t('song.free')), h('div', { class: 'row' }, retry))));
  }

  async function change(what, button) {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    wrong.clear();
    try {
      const answer = await act(what);
      account.reload();
      if (what === 'retry' && answer?.job_id && answer.job_id !== id) return app.go(`/songs/${encodeURIComponent(answer.job_id)}`);
      await load();
      title.focus();
    } catch (error) {
      wrong.tell(error.message, error.code === 'insufficient_credits' ? h('a', { href: '#/credits' }, t('price.buy')) : null);
    } finally {
      button.removeAttribute('aria-disabled');
    }
  }

  async function eraseJob() {
    const name = title.textContent;
    if (!(await ask(t('songs.deleteTitle'), t('songs.deleteText', { name }), t('songs.deleteDo'), { danger: true }))) return;
    try {
      await remove(`/job/${encodeURIComponent(id)}`);
      notice(t('songs.deleted', { name }), 'good');
      app.go('/songs');
    } catch (error) {
      notice(error.message, 'bad');
    }
  }

  load();
  const back = h('a', { href: '#/songs', class: 'back' }, icon('back'), t('song.back'));
  return { node: h('div', {}, back, title, about, wrong.box, place, foot), title: t('song.title'), leave: () => { isLeft = true; close(); } };
}
