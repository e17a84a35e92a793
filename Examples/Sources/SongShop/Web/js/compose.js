// Where a song is asked for: what it is about, its style, its length, its seed and its format.

import { keyFor, post, settle } from '../kit/js/api.js';
import { fill, fresh, h, icon } from '../kit/js/dom.js';
import { clock, count, current, spoken, t } from '../kit/js/i18n.js';
import { keep, kept } from '../kit/js/keeper.js';
import { say, trouble } from '../kit/js/notices.js';
import { form, labelled } from '../kit/js/views/form.js';
import { roll } from './roll.js';
import { formatName, shop, styleName } from './shop.js';

/** So many letters are below 2,000 bytes in every script. */
const promptMax = 600;
const anySeed = () => String(1 + (crypto.getRandomValues(new Uint32Array(1))[0] % 999_999));

function draftOf() {
  const none = { prompt: '', style: '', length: null, seed: anySeed(), format: null };
  try { return { ...none, ...JSON.parse(kept('draft', 'sessionStorage') ?? '{}') }; } catch { return none; }
}

/** Begins the next draft as another song was. */
export const startFrom = (song) => keep('draft', JSON.stringify({ prompt: song.prompt, style: song.style ?? '', length: song.length, seed: String(song.seed), format: song.format }), 'sessionStorage');

/** The card. The draft is kept until it is sent, also when the page is loaded anew. */
export function composeCard(app) {
  const node = h('section', { class: 'card compose', id: 'compose', 'aria-labelledby': 'compose-title', 'aria-busy': 'true' });
  const title = h('h2', { id: 'compose-title' }, t('compose.title'));
  const wrong = trouble();
  const draft = draftOf();
  let picture = null;
  let isLeft = false;

  const store = () => {
    keep('draft', JSON.stringify(draft), 'sessionStorage');
    picture?.set({ text: `${draft.seed} ${draft.style}` });
  };

  async function load() {
    wrong.clear();
    fill(node, title, wrong.box);
    try {
      const info = await shop();
      if (!isLeft) draw(info);
    } catch (error) {
      wrong.tell(error.message, h('button', { type: 'button', on: { click: load } }, icon('again'), t('again')));
    } finally {
      node.removeAttribute('aria-busy');
    }
  }

  function promptField(max) {
    const input = h('textarea', { name: 'prompt', rows: 3, maxlength: max, placeholder: t('compose.example') });
    input.value = draft.prompt;
    const one = labelled(t('compose.prompt'), input, t('compose.promptHint'));
    const counter = h('p', { class: 'hint counter', id: 'counter' });
    let told = '';
    const show = () => {
      const length = input.value.length;
      counter.textContent = t('compose.counter', { n: length.toLocaleString(current()), max: max.toLocaleString(current()) });
      counter.dataset.length = String(length);
      const next = length >= max ? 'full' : max - length <= 50 ? 'near' : '';
      if (next !== told && next !== '') say(count('compose.left', max - length));
      told = next;
    };
    input.addEventListener('input', () => { draft.prompt = input.value; show(); store(); });
    show();
    one.node.append(counter);
    return one;
  }

  function options(name, legend, values, text) {
    const group = fresh(name);
    return h('fieldset', { class: `choice flat ${name}` }, h('legend', {}, legend), values.map((value) => {
      const id = fresh('option');
      const input = h('input', { type: 'radio', name: group, id, value, checked: draft[name] === value, data: { option: name } });
      input.addEventListener('change', () => { draft[name] = value; store(); });
      return h('div', { class: 'option' }, input, h('label', { for: id }, text(value)));
    }));
  }

  function lengthField({ min, max }) {
    const shown = h('output', { id: 'length-shown' });
    const input = h('input', { type: 'range', name: 'length', min, max, step: max - min > 60 ? 5 : 1, value: draft.length });
    const show = () => {
      shown.textContent = clock(draft.length);
      input.setAttribute('aria-valuetext', spoken(draft.length));
    };
    input.addEventListener('input', () => { draft.length = Number(input.value); show(); store(); });
    draft.length = Number(input.value);
    show();
    const one = labelled(t('compose.length'), input);
    one.node.querySelector('label').append(' ', shown);
    return one;
  }

  function seedField() {
    const input = h('input', { type: 'text', name: 'seed', inputmode: 'numeric', autocomplete: 'off', spellcheck: 'false', maxlength: 15, value: draft.seed });
    const one = labelled(t('compose.seed'), input, t('compose.seedHint'));
    input.addEventListener('input', () => { draft.seed = input.value.trim(); store(); });
    const dice = h('button', { type: 'button', id: 'dice', 'aria-label': t('compose.dice'), title: t('compose.dice') }, icon('dice'));
    dice.addEventListener('click', () => {
      draft.seed = input.value = anySeed();
      one.complain(null);
      store();
      say(t('compose.rolled', { seed: draft.seed }));
    });
    const row = h('div', { class: 'with' });
    input.replaceWith(row);
    row.append(input, dice);
    return one;
  }

  function draw(info) {
    draft.format = info.formats.includes(draft.format) ? draft.format : info.formats[0];
    draft.style = info.styles.includes(draft.style) ? draft.style : '';
    draft.length = Math.min(info.length.max, Math.max(info.length.min, draft.length ?? info.length.standard));
    picture = roll({ text: `${draft.seed} ${draft.style}` });
    const prompt = promptField(promptMax);
    const length = lengthField(info.length);
    const seed = seedField();
    const settings = h('div', { class: 'three' }, length.node, seed.node, options('format', t('compose.format'), info.formats, formatName));
    const price = h('p', { class: 'hint', id: 'compose-price' }, info.require_payment ? t('compose.price', { price: info.price.text }) : t('compose.allFree'));
    const one = form({
      id: 'form-compose', fields: [picture.node, title, prompt, options('style', t('compose.style'), ['', ...info.styles], styleName), settings, price], button: t('compose.do'),
      judge: () => [
        prompt.input.value.trim() === '' && [prompt, t('wrong.prompt')],
        !/^\d{1,15}$/.test(seed.input.value.trim()) && [seed, t('wrong.seed')],
      ].filter(Boolean),
      owner: (error) => (/seed/.test(error.figures.field ?? error.code) ? seed : /prompt/.test(error.figures.field ?? error.code) ? prompt : /length/.test(error.figures.field ?? '') ? length : null),
      send,
    });
    fill(node, one);
  }

  async function send() {
    const order = { prompt: draft.prompt.trim(), seed: Number(draft.seed), length: draft.length, format: draft.format };
    if (draft.style) order.style = draft.style;
    const intention = `generate ${JSON.stringify(order)}`;
    try {
      const song = await post('/api/v1/generate', order, { key: keyFor(intention) });
      settle(intention);
      keep('draft', null, 'sessionStorage');
      app.go(`/songs/${encodeURIComponent(song.job_id)}`);
    } catch (error) {
      if (error.status !== 0 && error.status < 500) settle(intention);
      throw error;
    }
  }

  load();
  return { node, end() { isLeft = true; picture?.end(); } };
}
