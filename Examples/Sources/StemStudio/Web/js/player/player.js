// The player of a finished job: lanes under one play-head, mute and solo, before and after.

import { get, save, ticketed } from '../../kit/js/api.js';
import { fill, h, icon } from '../../kit/js/dom.js';
import { clock, percent, size, t } from '../../kit/js/i18n.js';
import { keep, kept } from '../../kit/js/keeper.js';
import { notice, say, trouble } from '../../kit/js/notices.js';
import { decodedSound } from './decoded.js';
import { mixingDesk } from './graph.js';
import { lane, stemName } from './lane.js';
import { readPeaks } from '../../kit/js/sound/wave.js';
import { streamedSound } from './streamed.js';

/** How many bytes of decoded sound a page may hold: what small devices bear, or more where there is more. */
const roomFor = () => ((navigator.deviceMemory ?? 4) >= 8 ? 640e6 : 320e6);

export function player(job) {
  const id = encodeURIComponent(job.job_id);
  const found = job.outputs.filter((file) => file.stem && (file.kind ?? 'stem') === 'stem');
  const files = new Map(found.map((file) => [file.stem, file]));
  const names = ['mixture', ...[...files.keys()].filter((stem) => stem !== 'mixture')];
  const seconds = Number(job.file?.seconds) || Math.max(0, ...job.outputs.map((file) => Number(file.seconds) || 0));
  const mix = new Map(names.map((name) => [name, { isMuted: false, isSolo: false, volume: 1 }]));
  const abort = new AbortController();
  let context = null;
  let desk = null;
  let sound = null;
  let mode = 'stems';
  let isPlaying = false;
  let resting = 0;
  let length = seconds;
  let loud = Number(kept('volume') ?? 1);
  if (!(loud >= 0 && loud <= 1)) loud = 1;

  const root = h('section', { class: 'player', 'aria-label': t('player.label'), data: { mode, playing: 'false', ready: 'false', position: '0' } });
  const lanes = names.map((name) => lane(name, mix.get(name), { mute, solo, volume, seek, save: saveStem, position }, files.get(name)));
  const play = h('button', { type: 'button', class: 'play', id: 'play', 'aria-disabled': 'true', on: { click: toggle } });
  const time = h('p', { class: 'time' }, h('span', { id: 'time-at' }, '0:00'), h('span', { class: 'hint' }, ` / ${clock(seconds)}`));
  const sides = ['mixture', 'stems'].map((name) => h('button', { type: 'button', data: { side: name }, on: { click: () => choose(name) } }, t(`player.${name}`)));
  const loudness = h('input', { type: 'range', id: 'volume', min: 0, max: 100, value: loud * 100, 'aria-label': t('player.volume') });
  loudness.addEventListener('input', () => {
    loud = loudness.value / 100;
    keep('volume', String(loud));
    apply();
  });
  const state = h('p', { class: 'hint', id: 'player-state', role: 'status' });
  const wrong = trouble();
  const zip = h('button', { type: 'button', class: 'main', id: 'download', on: { click: saveAll } }, icon('download'), t('player.zip', { size: size(zipSize()) }));
  fill(root,
    h('div', { class: 'transport' }, play, time, h('div', { class: 'switch', role: 'group', 'aria-label': t('player.compare') }, sides),
      h('label', { class: 'loud' }, icon('sound'), loudness), zip),
    state, wrong.box, h('div', { class: 'lanes' }, lanes.map((one) => one.node)), h('p', { class: 'hint keys' }, t('player.keys')));

  function zipSize() {
    return found.reduce((sum, file) => sum + file.size, 0);
  }

  // What is heard

  const anySolo = () => names.some((name) => mix.get(name).isSolo);
  /** The gain of a lane as the buttons ask for it. */
  function wanted(name) {
    if (name === 'mixture') return mode === 'mixture' ? 1 : 0;
    const own = mix.get(name);
    if (own.isMuted || (anySolo() && !own.isSolo)) return 0;
    return own.volume;
  }

  function apply() {
    for (const one of lanes) {
      const gain = wanted(one.stem);
      desk?.level(one.stem, gain);
      one.show(gain > 0 && (one.stem === 'mixture' || mode === 'stems'));
    }
    desk?.stems(mode === 'stems' ? 1 : 0);
    desk?.master(loud * loud);
    root.dataset.mode = mode;
    for (const side of sides) side.setAttribute('aria-pressed', String(side.dataset.side === mode));
    measureGains();
  }

  /** Writes down what the gains truly are, which lags what was asked for by some milliseconds. */
  function measureGains() {
    if (!desk) return;
    for (const one of lanes) {
      const gain = desk.heard(one.stem).toFixed(2);
      if (one.node.dataset.gain !== gain) one.node.dataset.gain = gain;
    }
  }

  function mute(name) { mix.get(name).isMuted = !mix.get(name).isMuted; apply(); }
  function solo(name) { mix.get(name).isSolo = !mix.get(name).isSolo; apply(); }
  function volume(name, value) { mix.get(name).volume = value; apply(); }
  function choose(side) { mode = side; apply(); }

  // Time

  function position() { return sound ? sound.position() : 0; }

  function seek(to) {
    if (!sound) return;
    sound.seek(Math.min(sound.duration, Math.max(0, to)));
    frame();
  }

  async function toggle() {
    if (!sound) return;
    if (isPlaying) return pause();
    if (position() >= sound.duration - 0.05) sound.seek(0);
    isPlaying = true;
    showPlay();
    try {
      await sound.play();
      apply();
      run();
    } catch (error) {
      pause();
      wrong.tell(t('player.failed'));
    }
  }

  function pause() {
    sound.pause();
    isPlaying = false;
    showPlay();
    frame();
    clearTimeout(resting);
    resting = setTimeout(() => { if (!isPlaying && context.state === 'running') context.suspend(); }, 3000);
  }

  function showPlay() {
    play.setAttribute('aria-label', t(isPlaying ? 'player.pause' : 'player.play'));
    fill(play, icon(isPlaying ? 'pause' : 'play'));
    root.dataset.playing = String(isPlaying);
  }

  function frame() {
    const at = position();
    root.dataset.position = at.toFixed(3);
    root.style.setProperty('--at', `${length > 0 ? (Math.min(at, length) / length) * 100 : 0}%`);
    const text = clock(at);
    const shown = root.querySelector('#time-at');
    if (shown.textContent !== text) shown.textContent = text;
    for (const one of lanes) one.place(at);
    measureGains();
  }

  let ticking = 0;
  function run() {
    cancelAnimationFrame(ticking);
    frame();
    if (isPlaying && position() >= sound.duration - 0.005) {
      pause();
      sound.seek(sound.duration);
      frame();
    }
    if (isPlaying) ticking = requestAnimationFrame(run);
  }

  // Loading

  async function loadWaves() {
    const found = await Promise.all(lanes.map(async (one) => {
      try {
        return readPeaks(await get(`/job/${id}/waveform/${encodeURIComponent(one.stem)}?format=json&points=1200`, { signal: abort.signal }));
      } catch { return null; }
    }));
    if (abort.signal.aborted) return;
    const top = Math.max(0.02, ...found.map((peaks) => peaks?.top ?? 0));
    found.forEach((peaks, at) => peaks && lanes[at].wave.show(peaks, 1 / top));
    if (found.some((peaks) => peaks === null)) wrong.tell(t('player.noWaves'));
    if (length === 0) measure(Math.max(...found.map((peaks) => peaks?.seconds ?? 0)));
  }

  function measure(next) {
    length = next;
    for (const one of lanes) {
      one.measure(length);
      one.place(0);
    }
    fill(time.lastChild, ` / ${clock(length)}`);
  }

  async function loadSound() {
    const tell = (share) => { state.textContent = t('player.loading', { share: percent(share) }); };
    const isLong = kept('stream') === 'yes' || seconds * names.length * 48_000 * 2 * 4 > roomFor();
    wrong.clear();
    tell(0);
    try {
      const addresses = new Map();
      for (const name of names) addresses.set(name, await ticketed(job.job_id, `/job/${id}/preview/${encodeURIComponent(name)}`));
      context ??= new AudioContext({ latencyHint: 'interactive' });
      desk ??= mixingDesk(context, names, () => isPlaying);
      sound = isLong ? await streamedSound(context, desk, addresses, tell) : await decodedSound(context, desk, addresses, tell, abort.signal);
      if (abort.signal.aborted) return sound.end();
      if (Math.abs(sound.duration - length) < 0.5) measure(sound.duration);
      state.textContent = sound.duration < length - 0.5 ? t('player.excerpt', { length: clock(sound.duration) }) : isLong ? t('player.streamed') : '';
      play.removeAttribute('aria-disabled');
      Object.assign(root.dataset, { ready: 'true', engine: isLong ? 'streamed' : 'decoded', duration: sound.duration.toFixed(3) });
      apply();
      frame();
    } catch (error) {
      if (abort.signal.aborted) return;
      state.textContent = '';
      wrong.tell(t('player.failed'), h('button', { type: 'button', on: { click: loadSound } }, icon('again'), t('again')));
    }
  }

  async function hand(path, name) {
    try {
      save(await ticketed(job.job_id, path), name);
      say(t('player.saving'));
    } catch (error) {
      notice(error.message, 'bad');
    }
  }
  function saveStem(stem) { hand(`/download/${id}/${encodeURIComponent(stem)}`); }
  function saveAll() { hand(`/download/${id}`); }

  /** Keys for the whole player, when nothing that takes letters has the focus. */
  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || kept('keys') === 'off' || document.querySelector('dialog[open]')) return;
    const inside = event.target === document.body || root.contains(event.target) || event.target.tagName === 'H1' || event.target.id === 'main';
    if (!inside || event.target.matches('input:not([type=range]), select, textarea')) return;
    const digit = /^Digit([1-9])$/.exec(event.code);
    const stem = digit ? names[Number(digit[1])] : event.target.closest?.('.lane')?.dataset.stem;
    // Where Hangul is typed, the key says another letter or none; its place stays.
    const letter = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace('Key', '').toLowerCase();
    if (event.key === ' ' && !event.target.matches('button, a, summary')) toggle();
    else if (digit && stem) (event.shiftKey ? solo : mute)(stem);
    else if (letter === 'm' && stem && stem !== 'mixture') mute(stem);
    else if (letter === 's' && stem && stem !== 'mixture') solo(stem);
    else if (letter === 'b') choose(mode === 'stems' ? 'mixture' : 'stems');
    else return;
    event.preventDefault();
    if (stem && event.key !== ' ') say(t(wanted(stem) > 0 ? 'player.heard' : 'player.silent', { name: stemName(stem) }));
  }
  document.addEventListener('keydown', onKey);

  showPlay();
  measure(seconds);
  apply();
  loadWaves();
  loadSound();
  return {
    node: root,
    end() {
      abort.abort();
      clearTimeout(resting);
      cancelAnimationFrame(ticking);
      document.removeEventListener('keydown', onKey);
      sound?.end();
      context?.close();
      for (const one of lanes) one.wave.end();
    },
  };
}
