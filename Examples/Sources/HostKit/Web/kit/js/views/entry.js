// The way in, for people who are not signed in: sign up, log in, or ask for a new password.

import { post } from '../api.js';
import { fill, h } from '../dom.js';
import { current, t } from '../i18n.js';
import { field, form, isAddress } from './form.js';

/** The card of the way in. */
export function entryCard(app) {
  const card = h('section', { class: 'card entry', 'aria-label': t('welcome.entry') });
  let mode = app.desk.mode ?? 'register';
  const draft = { email: app.desk.email ?? '' };

  function show(next, focus = true) {
    mode = next;
    app.desk.mode = next;
    const tabs = mode === 'forgot' ? null : h('div', { class: 'switch', role: 'group', 'aria-label': t('welcome.entry') },
      ['register', 'login'].map((name) => h('button', { type: 'button', 'aria-pressed': String(name === mode), data: { mode: name }, on: { click: () => show(name) } }, t(`entry.${name}`))));
    fill(card, tabs, { register: entry, login: entry, forgot }[mode]());
    if (focus) card.querySelector('input').focus();
  }

  function address() {
    const email = field(t('field.email'), { type: 'email', name: 'email', autocomplete: 'username', inputmode: 'email', spellcheck: 'false', value: draft.email, maxlength: 254 });
    email.input.addEventListener('input', () => { draft.email = app.desk.email = email.input.value; });
    return email;
  }

  function entry() {
    const email = address();
    const isNew = mode === 'register';
    const password = field(t('field.password'), { type: 'password', name: 'password', autocomplete: isNew ? 'new-password' : 'current-password' }, isNew ? t('field.passwordHint') : null);
    const forgotten = h('p', { class: 'hint' }, h('button', { type: 'button', class: 'link', on: { click: () => show('forgot') } }, t('entry.forgotten')));
    return form({
      id: `form-${mode}`, fields: [email, password], button: t(`entry.${mode}.do`), after: isNew ? h('p', { class: 'hint' }, t('entry.free')) : forgotten,
      judge: () => [
        !isAddress(email.input.value.trim()) && [email, t('wrong.email')],
        password.input.value.length < (isNew ? 8 : 1) && [password, t(isNew ? 'wrong.passwordShort' : 'wrong.passwordNone')],
      ].filter(Boolean),
      owner: (error) => (/email/.test(error.code) ? email : /weak|password/.test(error.code) ? password : null),
      async send() {
        const body = { email: email.input.value.trim(), password: password.input.value };
        app.enter(await post(`/auth/${mode}`, isNew ? { ...body, language: current() } : body, { open: true }));
      },
    });
  }

  function forgot() {
    const email = address();
    const node = form({
      id: 'form-forgot', fields: [h('h2', {}, t('forgot.title')), h('p', {}, t('forgot.text')), email], button: t('forgot.do'),
      after: h('p', { class: 'hint' }, h('button', { type: 'button', class: 'link', on: { click: () => show('login') } }, t('back'))),
      judge: () => (isAddress(email.input.value.trim()) ? [] : [[email, t('wrong.email')]]),
      async send() {
        await post('/auth/forgot', { email: email.input.value.trim() }, { open: true });
        fill(node, h('h2', { tabindex: -1 }, t('forgot.sent')), h('p', { role: 'status' }, t('forgot.sentText')),
          h('button', { type: 'button', class: 'link', on: { click: () => show('login') } }, t('back')));
        node.querySelector('h2').focus();
      },
    });
    return node;
  }

  show(mode, false);
  return card;
}
