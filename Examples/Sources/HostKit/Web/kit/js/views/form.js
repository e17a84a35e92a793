// Fields of forms: a label, the field, and its own place for what is wrong with it.

import { fresh, h } from '../dom.js';
import { trouble } from '../notices.js';

/** A labelled field of one line. */
export const field = (label, attributes, hint = null) => labelled(label, h('input', attributes), hint);

/** A label and whatever takes what is typed. `complain` shows what is wrong below it and says so to readers of the screen. */
export function labelled(label, input, hint = null) {
  const id = fresh('field');
  input.id = id;
  const wrong = h('p', { class: 'wrong', id: `${id}-wrong`, hidden: true });
  const about = hint && h('p', { class: 'hint', id: `${id}-hint` }, hint);
  if (about) input.setAttribute('aria-describedby', about.id);
  input.addEventListener('input', () => complain(null));
  function complain(text) {
    wrong.hidden = text === null;
    wrong.textContent = text ?? '';
    input.toggleAttribute('aria-invalid', text !== null);
    if (text !== null) input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-describedby', text !== null ? wrong.id : about ? about.id : wrong.id);
  }
  return { node: h('div', { class: 'field' }, h('label', { for: id }, label), input, about, wrong), input, complain };
}

/**
 * A form that is sent by `send`, which throws problems. `judge` gives pairs of a field and what is wrong with it, before anything is
 * sent; `owner` finds the field that a problem of the server belongs to.
 */
export function form({ id, fields, button, judge = () => [], owner = () => null, send, after = null }) {
  const wrong = trouble();
  const submit = h('button', { class: 'main', type: 'submit' }, button);
  const node = h('form', { id, novalidate: true }, fields.map((one) => one.node ?? one), wrong.box, submit, after);
  node.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (submit.getAttribute('aria-disabled') === 'true') return;
    wrong.clear();
    const faults = judge();
    for (const [one, text] of faults) one.complain(text);
    if (faults.length > 0) return faults[0][0].input.focus();
    submit.setAttribute('aria-disabled', 'true');
    try {
      await send();
    } catch (error) {
      const one = owner(error);
      if (one) {
        one.complain(error.message);
        one.input.focus();
      } else {
        wrong.tell(error.message);
      }
    } finally {
      submit.removeAttribute('aria-disabled');
    }
  });
  return node;
}

/** A choice of one among few: `values` are pairs of value and text, and the language of the text where it is another. */
export function choice(legend, name, values, chosen, choose) {
  return h('fieldset', { class: 'choice flat' }, h('legend', {}, legend), values.map(([value, text, lang]) => {
    const id = fresh(name);
    const input = h('input', { type: 'radio', name, id, value, checked: value === chosen });
    input.addEventListener('change', () => choose(value));
    return h('div', { class: 'option' }, input, h('label', { for: id, lang }, text));
  }));
}

/** Something that is on or off. */
export function tick(text, hint, isOn, choose) {
  const id = fresh('tick');
  const input = h('input', { type: 'checkbox', id, checked: isOn, 'aria-describedby': `${id}-hint` });
  input.addEventListener('change', () => choose(input.checked));
  return h('div', { class: 'tick' }, input, h('div', {}, h('label', { for: id }, text), h('p', { class: 'hint', id: `${id}-hint` }, hint)));
}

/** Whether a text looks like an address of mail; the server has the last word. */
export const isAddress = (text) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) || /^[^\s@]+@localhost$/.test(text);
