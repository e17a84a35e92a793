// Starts the page: language, session, header, and the view that the address names.

import * as account from './account.js';
import { forgetTickets, post } from './api.js';
import { fill, h, icon } from './dom.js';
import { credits, current, speak, t } from './i18n.js';
import { keep, kept } from './keeper.js';
import { notice } from './notices.js';
import * as session from './session.js';
import { creditsView } from './views/credits.js';
import { resetView } from './views/reset.js';
import { settingsView } from './views/settings.js';
import { songView } from './views/song.js';
import { songsView } from './views/songs.js';
import { welcomeView } from './views/welcome.js';

const main = document.getElementById('main');
const header = document.getElementById('header');
let leave = null;
/** What a link from elsewhere brought: a purchase to look after, an address to confirm, a password to set. */
const brought = {};
/** A song that was dropped and awaits its price, kept while other pages are looked at. */
const desk = {};

const app = { brought, desk, go, draw, enter, signOut };

function go(path) {
  if (location.hash === `#${path}`) draw();
  else location.hash = path;
}

/** After a sign-up or a login. */
function enter(answer) {
  session.open(answer);
  account.take(answer);
  if (brought.purchase) go('/credits');
  else go('/songs');
}

async function signOut() {
  const refresh = session.refreshToken();
  try {
    await post('/auth/logout', { refresh_token: refresh });
  } catch { /* The tokens are forgotten here all the same; the server's lapse. */ }
  session.close(false);
  leaveAll();
  notice(t('signedOut'), 'good');
}

function leaveAll() {
  desk.order?.stop();
  for (const name of ['order', 'purchase']) keep(name, null, 'sessionStorage');
  account.forget();
  forgetTickets();
  for (const name of Object.keys(desk)) delete desk[name];
  history.replaceState(null, '', '/');
  draw();
}

session.onEnd(() => {
  leaveAll();
  notice(t('error.signedOut'), 'bad');
});

function view() {
  if (brought.reset) return resetView(app);
  if (!session.isOpen()) return welcomeView(app);
  const [, place, id] = location.hash.replace(/^#/, '').split('/');
  if (place === 'songs' && id) return songView(app, decodeURIComponent(id));
  return { credits: creditsView, settings: settingsView }[place]?.(app) ?? songsView(app);
}

let drawn = 0;
/** Shows the view that the address names, and moves the focus there unless the page has only just begun. */
function draw() {
  leave?.();
  const next = view();
  leave = next.leave ?? null;
  document.title = next.title ? `${next.title} · StemStudio` : 'StemStudio';
  document.getElementById('skip').textContent = t('skip');
  document.getElementById('notices').setAttribute('aria-label', t('notices'));
  drawHeader();
  fill(main, next.node);
  window.scrollTo(0, 0);
  drawn += 1;
  if (drawn > 1) (main.querySelector('h1') ?? main).focus({ preventScroll: true });
}

function drawHeader() {
  const open = session.isOpen() && !brought.reset;
  header.classList.toggle('open', open);
  const logo = h('a', { class: 'logo', href: '#/songs', 'aria-label': 'StemStudio' }, h('img', { src: '/assets/icon.svg', alt: '', width: 30, height: 30 }), h('span', {}, 'StemStudio'));
  if (!open) {
    const other = current() === 'ko' ? 'en' : 'ko';
    const change = h('button', { type: 'button', class: 'plain', lang: other, id: 'language', on: { click: () => speak(other, true).then(draw) } }, other === 'ko' ? '한국어' : 'English');
    fill(header, h('div', { class: 'width' }, logo, change));
    return;
  }
  const at = location.hash.split('/')[1] || 'songs';
  const link = (place, sign, text) => h('a', { href: `#/${place}`, 'aria-current': at === place && 'page' }, icon(sign), h('span', {}, text));
  const balance = h('a', { class: 'balance', id: 'balance', href: '#/credits' });
  fill(header, h('div', { class: 'width' }, logo,
    h('nav', { 'aria-label': t('nav.label') }, link('songs', 'song', t('nav.songs')), link('credits', 'coin', t('nav.credits')), link('settings', 'gear', t('nav.settings'))),
    balance));
  showBalance();
}

function showBalance() {
  const place = document.getElementById('balance');
  const funds = account.funds();
  if (!place) return;
  place.hidden = funds === null;
  if (funds === null) return;
  place.dataset.available = funds.available;
  fill(place, h('span', { class: 'unseen' }, `${t('balance.label')}: `), credits(funds.available));
}
account.onChange(showBalance);

/** Takes what stands behind a question mark, of the address or of its hash, and clears it away. */
function receive() {
  const [place, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const found = Object.fromEntries([...new URLSearchParams(location.search), ...new URLSearchParams(query)]);
  // A checkout that was left by its way back brings nothing; the purchase that began here is looked after all the same.
  const begun = kept('purchase', 'sessionStorage');
  if (found.purchase || found.paid) Object.assign(brought, { purchase: found.purchase ?? begun, paid: true });
  else if (begun && place === 'credits') brought.purchase = begun;
  if (found.reset || place === 'reset') brought.reset = found.reset ?? found.token;
  if (found.verify || place === 'verify') brought.verify = found.verify ?? found.token;
  if (place === 'email') brought.email = found.token;
  if (location.search || query) {
    const next = brought.paid ? 'credits' : ['reset', 'verify', 'email'].includes(place) ? '' : place;
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

function arrive() {
  receive();
  draw();
  if (brought.verify) confirmAddress('/auth/verify-email', brought.verify, 'verify.done');
  if (brought.email) confirmAddress('/auth/confirm-email', brought.email, 'email.done');
  delete brought.verify;
  delete brought.email;
}

async function start() {
  await speak(current());
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
  } catch (error) {
    if (error.code !== 'signed_out') notice(error.message, 'bad');
  }
}

start();
