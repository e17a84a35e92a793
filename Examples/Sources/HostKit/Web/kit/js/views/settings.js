// The page of settings: language, colours, the password, devices, the way out, and cards of the host's own.

import * as account from '../account.js';
import { get, post, remove } from '../api.js';
import { fill, h } from '../dom.js';
import { current, languages, moment, speak, t } from '../i18n.js';
import { notice, trouble } from '../notices.js';
import { setTheme, theme, themes } from '../theme.js';
import { choice, field, form } from './form.js';

/** "Chrome · Windows" of what a browser says of itself; other programs are shown as they call themselves. */
function device(label) {
  const found = (names) => names.find(([sign]) => (label ?? '').includes(sign))?.[1];
  const browser = found([['Edg/', 'Edge'], ['OPR/', 'Opera'], ['SamsungBrowser', 'Samsung Internet'], ['Whale/', 'Whale'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['CriOS', 'Chrome'], ['Safari/', 'Safari']]);
  const system = found([['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Android', 'Android'], ['Windows', 'Windows'], ['Mac OS X', 'macOS'], ['CrOS', 'ChromeOS'], ['Linux', 'Linux']]);
  return browser ? [browser, system].filter(Boolean).join(' · ') : label || t('devices.one');
}

/** The view; `more` gives cards that the host has besides. */
export function settingsView(app, more = () => null) {
  async function turnTo(language) {
    await speak(language, true);
    app.draw();
    document.querySelector(`input[name=language][value=${language}]`)?.focus();
  }

  function passwordForm() {
    const old = field(t('field.currentPassword'), { type: 'password', name: 'current', autocomplete: 'current-password' });
    const next = field(t('field.newPassword'), { type: 'password', name: 'new', autocomplete: 'new-password' }, t('field.passwordHint'));
    const name = h('input', { type: 'text', autocomplete: 'username', value: account.person()?.email ?? '', hidden: true, 'aria-hidden': 'true', tabindex: -1 });
    const node = form({
      id: 'form-password', fields: [name, old, next], button: t('password.do'),
      judge: () => [old.input.value === '' && [old, t('wrong.passwordNone')], next.input.value.length < 8 && [next, t('wrong.passwordShort')]].filter(Boolean),
      owner: (error) => (/credentials|current/.test(error.code) ? old : /password/.test(error.code) ? next : null),
      async send() {
        await post('/auth/password', { current: old.input.value, new: next.input.value });
        node.reset();
        notice(t('password.done'), 'good');
      },
    });
    return node;
  }

  function emailForm() {
    const email = field(t('field.newEmail'), { type: 'email', name: 'email', autocomplete: 'email' });
    const password = field(t('field.currentPassword'), { type: 'password', name: 'password', autocomplete: 'current-password' });
    const node = form({
      id: 'form-email', fields: [email, password], button: t('email.do'),
      judge: () => [!/^\S+@\S+\.\S+$/.test(email.input.value) && [email, t('wrong.email')], password.input.value === '' && [password, t('wrong.passwordNone')]].filter(Boolean),
      owner: (error) => (/credentials/.test(error.code) ? password : /email|value/.test(error.code) ? email : null),
      async send() {
        await post('/auth/email', { email: email.input.value, password: password.input.value });
        node.reset();
        notice(t('email.asked'), 'good');
      },
    });
    return node;
  }

  const devices = h('ul', { class: 'devices' });
  const wrong = trouble();
  let isLeft = false;
  async function loadDevices() {
    try {
      const answer = await get('/auth/sessions');
      if (isLeft) return;
      fill(devices, answer.items.map((one) => {
        const isHere = one.current === true;
        const item = h('li', {}, h('div', {}, h('span', {}, device(one.label)), h('p', { class: 'hint' }, isHere ? t('devices.here') : moment(one.used_at ?? one.created_at))),
          isHere ? null : h('button', { type: 'button', on: { click: () => end(one, item) } }, t('devices.end')));
        return item;
      }));
    } catch (error) {
      if (!isLeft && error.code !== 'signed_out') wrong.tell(error.message);
    }
  }
  async function end(one, item) {
    try {
      await remove(`/auth/sessions/${encodeURIComponent(one.id)}`);
      item.remove();
      notice(t('devices.ended'), 'good');
    } catch (error) {
      notice(error.message, 'bad');
    }
  }

  const who = h('p', { class: 'name', id: 'who' });
  const showWho = () => { who.textContent = account.person()?.email ?? ''; };
  showWho();
  const stop = account.onChange(showWho);
  loadDevices();
  const card = (title, ...content) => h('section', { class: 'card' }, h('h2', {}, title), content);
  const node = h('div', {}, h('h1', { tabindex: -1 }, t('settings.title')),
    h('div', { class: 'pair' },
      card(t('settings.look'),
        choice(t('settings.language'), 'language', Object.entries(languages).map(([tag, name]) => [tag, name, tag]), current(), turnTo),
        choice(t('settings.theme'), 'theme', themes.map((name) => [name, t(`theme.${name}`)]), theme(), setTheme)),
      more(),
      card(t('password.title'), passwordForm()),
      card(t('email.title'), emailForm()),
      card(t('settings.account'), who, h('p', {}, h('button', { type: 'button', id: 'sign-out', on: { click: () => app.signOut() } }, t('settings.out'))), h('h3', {}, t('devices.title')), wrong.box, devices)));
  return { node, title: t('settings.title'), leave: () => { isLeft = true; stop(); } };
}
