// Short messages: shown for a while, and spoken by readers of the screen; and questions before things that cannot be undone.

import { fill, fresh, h, icon } from './dom.js';
import { t } from './i18n.js';

/** Speaks a text without showing it. The same text twice is spoken twice. */
export function say(text, urgent = false) {
  const region = document.getElementById(urgent ? 'assertive' : 'polite');
  region.textContent = '';
  setTimeout(() => { region.textContent = text; }, 50);
}

/** Shows and speaks a text; `kind` is `good`, `bad` or nothing. */
export function notice(text, kind = '') {
  const close = h('button', { type: 'button', class: 'plain', 'aria-label': t('close') }, icon('close'));
  const box = h('div', { class: `notice ${kind}` }, icon(kind === 'bad' ? 'warn' : 'check'), h('p', {}, text), close);
  const end = () => box.remove();
  close.addEventListener('click', end);
  const all = document.getElementById('notices');
  while (all.children.length > 2) all.firstChild.remove();
  all.append(box);
  say(text, kind === 'bad');
  setTimeout(end, kind === 'bad' ? 12_000 : 6_000);
}

/** Asks before something is done; answers whether to do it. The focus returns to where it was. */
export function ask(title, text, doIt, { danger = false } = {}) {
  return new Promise((answer) => {
    const [name, about] = [fresh('title'), fresh('about')];
    const yes = h('button', { type: 'submit', class: danger ? 'danger' : 'main', value: 'yes' }, doIt);
    const no = h('button', { type: 'submit', value: 'no', autofocus: true }, t('cancel'));
    const dialog = h('dialog', { 'aria-labelledby': name, 'aria-describedby': about },
      h('form', { method: 'dialog' }, h('h2', { id: name }, title), h('p', { id: about }, text), h('div', { class: 'row end' }, no, yes)));
    dialog.addEventListener('close', () => { dialog.remove(); answer(dialog.returnValue === 'yes'); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A place for what went wrong, in the middle of other things; empty until told. */
export function trouble() {
  const box = h('div', { class: 'trouble', role: 'alert', hidden: true });
  return {
    box,
    tell(text, ...more) {
      box.hidden = false;
      fill(box, icon('warn'), h('div', {}, h('p', {}, text), more));
    },
    clear() {
      box.hidden = true;
      box.replaceChildren();
    },
  };
}
