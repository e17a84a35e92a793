// One song on its way in: choose it, send it, see the price, and only then pay.

import * as account from '../kit/js/account.js';
import { get, keyFor, post, remove, settle } from '../kit/js/api.js';
import { fill, fresh, h, icon } from '../kit/js/dom.js';
import { clock, current, has, percent, size, t } from '../kit/js/i18n.js';
import { keep, kept } from '../kit/js/keeper.js';
import { notice, say, trouble } from '../kit/js/notices.js';
import { credits } from './amounts.js';
import { stemName } from './player/lane.js';
import { strands } from './strands.js';
import { upload } from './upload.js';

/** The desk where songs are handed in. It stays when other pages are looked at; `draw` shows it again, in any language. */
export function orderDesk(app) {
  const node = h('section', { class: 'card order', id: 'order' });
  let step = 'choose';
  let song = null;
  let sending = null;
  let quote = null;
  let asked = 0;
  let failure = '';
  let picture = null;
  let models = [];
  let plain = null;
  // What is left out of an order is an empty text here.
  const options = { model: '', stems: '4', format: 'flac' };

  async function send(file) {
    if (!file || step !== 'choose') return;
    failure = '';
    song = { name: file.name, size: file.size, share: 0 };
    step = 'sending';
    draw(true);
    say(t('upload.begins', { name: file.name }));
    look();
    sending = upload(file, (share) => {
      song.share = share;
      showShare();
    });
    try {
      song = { ...song, ...(await sending.done) };
      step = 'price';
      quote = null;
      keep('order', JSON.stringify(song), 'sessionStorage');
      draw(true);
      await price();
    } catch (error) {
      failure = error.code === 'stopped' ? '' : error.message;
      if (error.code === 'stopped') say(error.message);
      reset();
    }
  }

  /** Takes up the song again that awaited its price before the checkout was opened, or the page loaded anew. */
  function resume() {
    try {
      const found = JSON.parse(kept('order', 'sessionStorage') ?? 'null');
      if (typeof found?.file_id !== 'string') return;
      song = found;
      step = 'price';
      price();
    } catch { /* Not ours: as if it was not there. */ }
  }

  /** Asks which models there are; a host that does not say is one without. */
  async function look() {
    const shown = () => JSON.stringify(models.length > 0 ? [plain, models] : null);
    const before = shown();
    try {
      const { items } = await get('/works', { open: true });
      const { offers } = items.find((item) => item.work === 'separate');
      plain = offers.find((offer) => offer.model === null);
      models = offers.filter((offer) => offer.model !== null);
    } catch {
      plain = null;
      models = [];
    }
    if (shown() === before) return;
    const isGone = options.model !== '' && !chosen();
    if (isGone) choose('');
    drawChoices();
    if (isGone && step === 'price') price();
  }

  const chosen = () => models.find((offer) => offer.model === options.model);
  /** How many stems the chosen way makes, besides all of them. */
  const counts = () => (chosen() ? ['', ...(chosen().options.find((option) => option.name === 'stems')?.values.includes('2') ? ['2'] : [])] : ['4', '2']);
  function choose(model) {
    options.model = model;
    if (!counts().includes(options.stems)) [options.stems] = counts();
  }

  function reset() {
    step = 'choose';
    song = sending = quote = null;
    keep('order', null, 'sessionStorage');
    draw(true);
  }

  const body = () => ({ file_id: song.file_id, work: 'separate', options: Object.fromEntries(Object.entries(options).filter(([, value]) => value !== '')) });

  async function price() {
    const turn = (asked += 1);
    failure = '';
    quote = null;
    drawPrice();
    try {
      const answer = await post('/jobs/quote', body());
      if (turn !== asked) return;
      quote = answer;
    } catch (error) {
      if (turn !== asked) return;
      failure = error.message;
      if (error.status === 404) return reset();
    }
    drawPrice();
  }

  async function pay() {
    const order = body();
    const intention = `job ${JSON.stringify(order)}`;
    step = 'paying';
    drawPrice();
    try {
      const job = await post('/jobs', order, { key: keyFor(intention) });
      settle(intention);
      account.take({ balance: job.balance });
      account.reload();
      step = 'choose';
      song = quote = null;
      keep('order', null, 'sessionStorage');
      app.go(`/songs/${encodeURIComponent(job.job_id)}`);
    } catch (error) {
      step = 'price';
      if (error.status !== 0 && error.status < 500) settle(intention);
      if (error.code === 'insufficient_credits') account.reload();
      failure = error.message;
      drawPrice();
    }
  }

  /** Throws away what was sent and not ordered. */
  function discard() {
    remove(`/uploads/${encodeURIComponent(song.file_id)}`).catch(() => { /* The host sweeps what nobody ordered. */ });
    reset();
  }

  // Drawing

  function draw(takeFocus = false) {
    picture?.end();
    picture = null;
    node.dataset.step = step;
    if (step === 'choose') drawChoice();
    else if (step === 'sending') drawSending();
    else drawSong();
    if (takeFocus && node.isConnected) node.querySelector('[data-first]')?.focus();
  }

  function drawChoice() {
    const wrong = trouble();
    const id = fresh('file');
    const input = h('input', { type: 'file', id, class: 'unseen', accept: 'audio/*,.flac,.wav,.mp3,.ogg,.opus,.aif,.aiff,.m4a', data: { first: '' } });
    input.addEventListener('change', () => send(input.files[0]));
    picture = strands({ share: 0, bars: 140 });
    const zone = h('div', { class: 'zone' }, picture.node, input,
      h('div', { class: 'zone-text' }, h('p', { class: 'zone-title' }, t('drop.title')), h('p', { class: 'hint' }, t('drop.hint')),
        h('label', { for: id, class: 'button main' }, icon('upload'), t('drop.choose'))));
    let depth = 0;
    const over = (change) => {
      depth = change === 0 ? 0 : Math.max(0, depth + change);
      zone.classList.toggle('over', depth > 0);
      picture?.set(depth > 0 ? 0.7 : 0);
    };
    zone.addEventListener('dragenter', (event) => { event.preventDefault(); over(1); });
    zone.addEventListener('dragleave', () => over(-1));
    zone.addEventListener('dragover', (event) => event.preventDefault());
    zone.addEventListener('drop', (event) => {
      event.preventDefault();
      over(0);
      if (event.dataTransfer.files.length > 1) notice(t('drop.one'));
      send(event.dataTransfer.files[0]);
    });
    fill(node, h('h2', { class: 'unseen' }, t('drop.label')), zone, wrong.box);
    if (failure) wrong.tell(failure);
  }

  const heading = () => h('div', { class: 'song-line' }, icon('song'), h('div', {}, h('h2', { class: 'name', tabindex: -1, data: { first: '' } }, song.name),
    h('p', { class: 'hint' }, [size(song.size), song.seconds ? clock(song.seconds) : null].filter(Boolean).join(' · '))));

  function drawSending() {
    const bar = h('progress', { max: 1, value: 0, 'aria-label': t('upload.label') });
    const text = h('p', { class: 'hint', id: 'upload-share' });
    const stop = h('button', { type: 'button', id: 'upload-cancel', on: { click: () => sending?.stop() } }, icon('close'), t('upload.cancel'));
    fill(node, heading(), bar, h('div', { class: 'row apart' }, text, stop));
    showShare();
  }

  function showShare() {
    const bar = node.querySelector('progress');
    if (!bar || !song) return;
    bar.value = song.share;
    node.querySelector('#upload-share').textContent = song.share < 1 ? t('upload.share', { share: percent(song.share) }) : t('upload.checking');
  }

  function choice(name, values, take = (value) => { options[name] = value; }) {
    const group = fresh(name);
    return h('fieldset', { class: 'choice', data: { option: name } }, h('legend', {}, t(`option.${name}`)), values.map(([value, title, about]) => {
      const id = fresh('option');
      const input = h('input', { type: 'radio', name: group, id, value, checked: options[name] === value });
      input.addEventListener('change', () => { take(value); price(); });
      return h('div', { class: 'option' }, input, h('label', { for: id }, h('span', {}, title), h('small', {}, about)));
    }));
  }

  const known = (name, values) => values.map((value) => [value, t(`option.${name}.${value}`), t(`option.${name}.${value}.about`)]);
  const listed = (offer) => offer.stems.map(stemName).join(', ');

  /** What an offer costs in words, where its price is one number. */
  function rate(offer) {
    const [only, more] = offer.prices;
    return only?.price && !more && has(`price.per.${only.per}`) ? t(`price.per.${only.per}`, { credits: credits(only.price) }) : null;
  }

  const ways = () => choice('model', [plain, ...models].filter(Boolean).map((offer) => [
    offer.model ?? '', offer.model ?? t('option.model.none'), [listed(offer), rate(offer)].filter(Boolean).join(' · '),
  ]), (model) => {
    choose(model);
    node.querySelector('[data-option=stems]').replaceWith(stems());
  });

  const stems = () => choice('stems', chosen() ? [['', t('option.stems.all'), listed(chosen())], ...known('stems', counts().slice(1))] : known('stems', counts()));

  function drawChoices() {
    const place = node.querySelector('.choices');
    if (place) fill(place, models.length > 0 ? ways() : null, stems(), choice('format', known('format', ['flac', 'wav'])));
  }

  function drawSong() {
    fill(node, heading(), h('div', { class: 'choices' }), h('div', { class: 'price', id: 'price' }));
    drawChoices();
    drawPrice();
  }

  function drawPrice() {
    const place = node.querySelector('#price');
    if (!place) return;
    const funds = account.funds();
    const short = quote && funds && Number(funds.available) < Number(quote.cost);
    const wrong = trouble();
    const cost = quote ? h('strong', { id: 'cost', data: { cost: quote.cost } }, credits(quote.cost)) : h('span', { class: 'hint' }, failure ? '–' : t('price.asking'));
    // A host may explain itself in English only; a reader of the screen must know.
    const foreign = current() !== 'en' && quote?.lines?.every((line) => /^[\x20-\x7e×·–]*$/.test(line)) ? 'en' : null;
    const lines = quote?.lines?.length ? h('details', { class: 'lines' }, h('summary', {}, t('price.why')), h('ul', { lang: foreign }, quote.lines.map((line) => h('li', {}, line)))) : null;
    const after = quote && funds && !short ? h('p', { class: 'hint' }, t('price.after', { credits: credits(Number(funds.available) - Number(quote.cost)) })) : null;
    const isReady = quote && !short && step === 'price';
    const go = h('button', { type: 'button', class: 'main', id: 'order-go', 'aria-disabled': String(!isReady), on: { click: () => { if (isReady) pay(); } } },
      step === 'paying' ? t('price.paying') : quote ? t('price.go', { credits: credits(quote.cost) }) : t('price.wait'));
    const again = failure && !quote ? h('button', { type: 'button', on: { click: price } }, icon('again'), t('again')) : null;
    fill(place, h('div', { class: 'sum', 'aria-live': 'polite' }, h('span', {}, t('price.label')), cost), lines, after, wrong.box,
      h('div', { class: 'row end' }, h('button', { type: 'button', on: { click: discard } }, t('price.discard')), again, short ? null : go,
        short ? h('a', { class: 'button main', href: '#/credits' }, t('price.buy')) : null));
    if (failure) wrong.tell(failure);
    else if (short) wrong.tell(t('price.short', { needed: credits(quote.cost), available: credits(funds.available) }));
  }

  const unwatch = account.onChange(() => { if (step === 'price') drawPrice(); });
  look();
  resume();
  return {
    node, draw, send,
    stop() {
      unwatch();
      sending?.stop();
      picture?.end();
    },
  };
}
