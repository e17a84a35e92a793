// Listening before paying: the excerpt of a song, played where it stands on the waveform of the whole.

import { get, ticketed } from '../kit/js/api.js';
import { fill, h, icon } from '../kit/js/dom.js';
import { clock, t } from '../kit/js/i18n.js';
import { keep, kept } from '../kit/js/keeper.js';
import { trouble } from '../kit/js/notices.js';
import { positionSlider } from '../kit/js/sound/slider.js';
import { readPeaks, waveCanvas } from '../kit/js/sound/wave.js';
import { colour } from '../kit/js/theme.js';
import { api } from './shop.js';

/** A player of a finished song's excerpt. Where it begins is shown when the server says so. */
export function excerptPlayer(song) {
  const id = song.job_id;
  const start = Number.isFinite(song.preview_start) ? song.preview_start : null;
  const whole = Number(song.length) || 0;
  const abort = new AbortController();
  const audio = new Audio();
  let isReady = false;
  let noWave = null;
  let renewed = 0;
  let ticking = 0;

  const wave = waveCanvas(() => colour('tune'));
  const place = start === null ? h('div', { class: 'thread' }) : wave.node;
  const slider = positionSlider({ label: t('excerpt.position'), seek, position: () => (start ?? 0) + audio.currentTime, content: place });
  const play = h('button', { type: 'button', class: 'play', id: 'play', 'aria-disabled': 'true', on: { click: toggle } });
  const at = h('span', { id: 'time-at' }, '0:00');
  const of = h('span', { class: 'hint' });
  const loudness = h('input', { type: 'range', id: 'volume', min: 0, max: 100, 'aria-label': t('excerpt.volume') });
  const state = h('p', { class: 'hint', id: 'player-state', role: 'status' }, t('excerpt.loading'));
  const about = h('p', { class: 'hint excerpt-about' }, t(start === null ? 'excerpt.about' : 'excerpt.aboutPlace', { from: clock(start ?? 0) }));
  const wrong = trouble();
  const node = h('section', { class: `player excerpt ${start === null ? 'apart' : ''}`, 'aria-label': t('excerpt.label'), data: { playing: 'false', ready: 'false', position: '0', start: start ?? '' } },
    h('div', { class: 'transport' }, play, h('p', { class: 'time' }, at, of), h('label', { class: 'loud' }, icon('sound'), loudness)), state, wrong.box,
    h('div', { class: 'lanes' }, start === null ? h('div', { class: 'wave still' }, wave.node) : null, slider.node, about));

  const loud = Number(kept('volume') ?? 1);
  audio.volume = loud >= 0 && loud <= 1 ? loud : 1;
  loudness.value = String(audio.volume * 100);
  loudness.addEventListener('input', () => {
    audio.volume = loudness.value / 100;
    keep('volume', String(audio.volume));
  });

  /** Where the slider ends: the song's end, or the excerpt's when nobody knows where in the song it is. */
  const end = () => (start === null ? audio.duration : Math.max(whole, start + audio.duration));

  function seek(seconds) {
    if (!isReady) return;
    audio.currentTime = Math.min(audio.duration, Math.max(0, seconds - (start ?? 0)));
    frame();
  }

  async function toggle() {
    if (!isReady) return;
    if (!audio.paused) return audio.pause();
    if (audio.ended || audio.currentTime >= audio.duration - 0.05) audio.currentTime = 0;
    try {
      await audio.play();
    } catch (error) {
      // A pause before it began is no failure.
      if (error.name !== 'AbortError') wrong.tell(t('excerpt.failed'));
    }
  }

  function showPlay() {
    play.setAttribute('aria-label', t(audio.paused ? 'excerpt.play' : 'excerpt.pause'));
    fill(play, icon(audio.paused ? 'play' : 'pause'));
    node.dataset.playing = String(!audio.paused);
    cancelAnimationFrame(ticking);
    run();
  }

  function run() {
    frame();
    if (!audio.paused) ticking = requestAnimationFrame(run);
  }

  function frame() {
    node.dataset.position = audio.currentTime.toFixed(3);
    const text = clock(audio.currentTime);
    if (at.textContent !== text) at.textContent = text;
    if (!isReady) return;
    slider.place((start ?? 0) + audio.currentTime);
    const share = (seconds) => `${(Math.min(1, seconds / end()) * 100).toFixed(3)}%`;
    node.style.setProperty('--at', share((start ?? 0) + audio.currentTime));
    node.style.setProperty('--from', share(start ?? 0));
    node.style.setProperty('--till', share((start ?? 0) + audio.duration));
  }

  audio.addEventListener('loadedmetadata', () => {
    isReady = true;
    of.textContent = ` / ${clock(audio.duration)}`;
    state.textContent = '';
    wrong.clear();
    noWave?.();
    play.removeAttribute('aria-disabled');
    about.hidden = start === 0 && audio.duration > whole - 1;
    slider.measure(end(), start ?? 0);
    Object.assign(node.dataset, { ready: 'true', duration: audio.duration.toFixed(3) });
    frame();
  });
  for (const name of ['play', 'pause', 'ended']) audio.addEventListener(name, showPlay);
  audio.addEventListener('seeked', frame);
  audio.addEventListener('error', () => { if (audio.getAttribute('src')) revive(); });

  /** The ticket may have lapsed: a new one, once in a while, and on from where it was. */
  async function revive() {
    if (Date.now() - renewed < 10_000) return fail();
    renewed = Date.now();
    const [from, wasPlaying] = [audio.currentTime, node.dataset.playing === 'true'];
    await loadSound(true);
    audio.addEventListener('loadedmetadata', () => {
      audio.currentTime = from;
      if (wasPlaying) toggle();
    }, { once: true });
  }

  function fail() {
    state.textContent = '';
    wrong.tell(t('excerpt.failed'), h('button', { type: 'button', on: { click: () => { renewed = 0; wrong.clear(); loadSound(true); if (noWave) loadWave(); } } }, icon('again'), t('again')));
  }

  async function loadSound(renew) {
    try {
      const address = await ticketed(id, song.preview_url ?? api('preview', id), renew);
      if (abort.signal.aborted) return;
      audio.preload = 'auto';
      audio.src = address;
    } catch (error) {
      if (!abort.signal.aborted && error.code !== 'signed_out') fail();
    }
  }

  async function loadWave() {
    noWave = null;
    try {
      const peaks = readPeaks(await get(`${song.waveform_url ?? api('waveform', id)}?format=json&points=1200`, { signal: abort.signal }));
      if (abort.signal.aborted) return;
      wave.show(peaks, 1 / Math.max(0.02, peaks.top));
    } catch (error) {
      if (abort.signal.aborted || error.code === 'signed_out') return;
      noWave = () => wrong.tell(t('excerpt.noWave'), h('button', { type: 'button', on: { click: () => { wrong.clear(); loadWave(); } } }, icon('again'), t('again')));
      if (isReady) noWave();
    }
  }

  /** The space bar plays, when nothing else wants it. */
  function onKey(event) {
    if (event.key !== ' ' || event.altKey || event.ctrlKey || event.metaKey || document.querySelector('dialog[open]')) return;
    const isFree = event.target === document.body || event.target === slider.node || event.target.tagName === 'H1' || event.target.id === 'main';
    if (!isFree) return;
    event.preventDefault();
    toggle();
  }
  document.addEventListener('keydown', onKey);

  showPlay();
  loadWave();
  loadSound(false);
  return {
    node,
    end() {
      abort.abort();
      cancelAnimationFrame(ticking);
      document.removeEventListener('keydown', onKey);
      audio.pause();
      audio.removeAttribute('src');
      audio.load();
      wave.end();
    },
  };
}
