// The frame of a host's page: language, session, header, and the view that the address names.

import * as account from './account.js';
import { forgetTickets, post } from './api.js';
import { fill, h, icon } from './dom.js';
import { name, titled } from './host.js';
import { current, speak, t } from './i18n.js';
import { keep, kept } from './keeper.js';
import { notice } from './notices.js';
import * as session from './session.js';
import { resetView } from './views/reset.js';

const main = document.getElementById('main');
const header = document.getElementById('header');

/**
 * Starts the page.
 *
 * - `welcome(app)` is the view of whoever is not signed in; `view(app, place, id)` any other, by the parts of the address.
 * - `places` are the entries of the navigation, a list of place and sign; the first is home.
 * - `corner(app)` gives what stands at the end of the header.
 * - `receive(app, found, place)` takes what a link brought, and may name the place to show instead.
 * - `enter(app)` names where somebody begins who has just signed in.
 * - `forget(app, isOver)` is called when a person leaves; `isOver` false means that the session lapsed, and that they may be back soon.
 *
 * A view gives `{node, title, leave}`. The `app` of all of them holds `brought`, what a link from elsewhere brought, and `desk`, what is
 * kept while other views are looked at.
 */
export async function startPage({ welcome, view, places, corner = () => null, receive = () => undefined, enter = () => null, forget = () => {} }) {
  const home = places[0][0];
  const app = { brought: {}, desk: {}, go, draw, enter: begin, signOut };
  let leave = null;
  let drawn = 0;

  function go(path) {
    if (location.hash === `#${path}`) draw();
    else location.hash = path;
  }

  /** After a sign-up or a login: where the address leads, unless it was somebody else who was there. */
  function begin(answer) {
    session.open(answer);
    account.take(answer);
    document.getElementById('notices').replaceChildren();
    welcomeBack(answer.user.id);
    go(enter(app) ?? (location.hash.slice(1) || `/${home}`));
  }

  async function signOut() {
    const refresh = session.refreshToken();
    try {
      await post('/auth/logout', { refresh_token: refresh });
    } catch { /* The tokens are forgotten here all the same; the server's lapse. */ }
    session.close(false, false);
    leaveAll(true);
    notice(t('signedOut'), 'good');
  }

  /** Notes who is here; what this tab kept for somebody else is forgotten. Tells whether it was somebody else. */
  function welcomeBack(id) {
    const last = kept('who', 'sessionStorage');
    const isOther = last !== null && last !== id;
    if (isOther) forgetAll();
    keep('who', id, 'sessionStorage');
    return isOther;
  }

  /** Forgets what this tab kept for whoever was there, and the place where they were. */
  function forgetAll() {
    forget(app, true);
    for (const key of Object.keys(app.brought)) delete app.brought[key];
    keep('who', null, 'sessionStorage');
    history.replaceState(null, '', '/');
  }

  function leaveAll(isOver) {
    if (isOver) forgetAll();
    else forget(app, false);
    account.forget();
    forgetTickets();
    for (const key of Object.keys(app.desk)) delete app.desk[key];
    if (!isOver) app.desk.mode = 'login';
    draw();
  }

  function chosen() {
    if (app.brought.reset) return resetView(app);
    if (!session.isOpen()) return welcome(app);
    const [, place, id] = location.hash.replace(/^#/, '').split('/');
    return view(app, place || home, id ? decodeURIComponent(id) : null);
  }

  /** Shows the view that the address names, and moves the focus there unless the page has only just begun. */
  function draw() {
    leave?.();
    const next = chosen();
    leave = next.leave ?? null;
    document.title = titled(next.title);
    document.getElementById('skip').textContent = t('skip');
    document.getElementById('notices').setAttribute('aria-label', t('notices'));
    drawHeader();
    fill(main, next.node);
    window.scrollTo(0, 0);
    drawn += 1;
    if (drawn > 1) (main.querySelector('h1') ?? main).focus({ preventScroll: true });
  }

  function drawHeader() {
    const open = session.isOpen() && !app.brought.reset;
    header.classList.toggle('open', open);
    const logo = h('a', { class: 'logo', href: `#/${home}`, 'aria-label': name }, h('img', { src: '/assets/icon.svg', alt: '', width: 30, height: 30 }), h('span', {}, name));
    if (!open) {
      const other = current() === 'ko' ? 'en' : 'ko';
      const change = h('button', { type: 'button', class: 'plain', lang: other, id: 'language', on: { click: () => speak(other, true).then(draw) } }, other === 'ko' ? '한국어' : 'English');
      fill(header, h('div', { class: 'width' }, logo, change));
      return;
    }
    const at = location.hash.split('/')[1] || home;
    const link = ([place, sign]) => h('a', { href: `#/${place}`, 'aria-current': at === place && 'page' }, icon(sign), h('span', {}, t(`nav.${place}`)));
    fill(header, h('div', { class: 'width' }, logo, h('nav', { 'aria-label': t('nav.label') }, places.map(link)), corner(app)));
  }

  /** Takes what stands behind a question mark, of the address or of its hash, and clears it away. */
  function take() {
    const [place, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
    const found = Object.fromEntries([...new URLSearchParams(location.search), ...new URLSearchParams(query)]);
    const there = receive(app, found, place);
    if (found.reset || place === 'reset') app.brought.reset = found.reset ?? found.token;
    if (found.verify || place === 'verify') app.brought.verify = found.verify ?? found.token;
    if (place === 'email') app.brought.email = found.token;
    if (location.search || query || there !== undefined) {
      const next = there ?? (['reset', 'verify', 'email'].includes(place) ? '' : place);
      history.replaceState(null, '', `/${next ? `#/${next}` : ''}`);
    }
  }

  async function confirmAddress(path, token, done) {
    try {
      await post(path, { token }, { open: true });
      notice(t(done), 'good');
      if (session.isOpen()) await account.load();
    } catch (error) {
      notice(error.message, 'bad');
    }
  }

  /** Without its texts the page is empty, so a connection that fails is tried again. */
  async function untilSpoken() {
    for (let wait = 500; ; wait = Math.min(10_000, wait * 2)) {
      try {
        return await speak(current());
      } catch {
        await new Promise((next) => { setTimeout(next, wait); });
      }
    }
  }

  function arrive() {
    take();
    draw();
    if (app.brought.verify) confirmAddress('/auth/verify-email', app.brought.verify, 'verify.done');
    if (app.brought.email) confirmAddress('/auth/confirm-email', app.brought.email, 'email.done');
    delete app.brought.verify;
    delete app.brought.email;
  }

  session.onEnd((lapsed) => {
    leaveAll(!lapsed);
    notice(t('error.signedOut'), 'bad');
  });
  await untilSpoken();
  arrive();
  window.addEventListener('hashchange', arrive);
  // Back from the checkout, the browser may show the page as it was left.
  window.addEventListener('pageshow', (event) => { if (event.persisted) arrive(); });
  document.getElementById('skip').addEventListener('click', (event) => {
    event.preventDefault();
    main.focus();
  });
  if (!session.isOpen()) return;
  try {
    await account.load();
    if (welcomeBack(account.person().id)) draw();
  } catch (error) {
    if (error.code !== 'signed_out') notice(error.message, 'bad');
  }
}
