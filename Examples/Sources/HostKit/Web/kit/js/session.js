// Who is signed in: the tokens, and how the short one is renewed.
//
// The access token lives in sessionStorage: a reload, or coming back from the checkout, spends no refresh, and it is gone with the tab.
// The refresh token lives in localStorage, so that people stay signed in and tabs share it. Memory alone would hide nothing from a script
// that got into the page, since it could ask for a token itself; what keeps scripts out is the strict Content-Security-Policy.
// The server rotates refresh tokens and takes a second use for theft, so only one tab at a time may renew: a lock sees to that.

import { key } from './host.js';
import { keep, kept, watch } from './keeper.js';

let access = null;
let end = 0;
const listeners = new Set();

try {
  const stored = JSON.parse(kept('access', 'sessionStorage') ?? 'null');
  if (stored && typeof stored.token === 'string') ({ token: access, end } = stored);
} catch { /* Not ours: as if it was not there. */ }

/** Calls back when the person is signed out: with true when the session lapsed, with false when another tab ended it. */
export const onEnd = (listener) => listeners.add(listener);

export const isOpen = () => kept('refresh') !== null || access !== null;

/** Takes the tokens of an answer. */
export function open(tokens) {
  access = tokens.access_token;
  end = Date.now() + (tokens.expires_in ?? 60) * 1000;
  keep('access', JSON.stringify({ token: access, end }), 'sessionStorage');
  keep('out', null);
  if (tokens.refresh_token) keep('refresh', tokens.refresh_token);
}

export const refreshToken = () => kept('refresh');

/** Forgets the tokens; `tell` false says it to nobody, `lapsed` why it is so. */
export function close(tell = true, lapsed = true) {
  // Other tabs see the token go, and here why.
  keep('out', lapsed ? null : 'yes');
  access = null;
  end = 0;
  keep('access', null, 'sessionStorage');
  keep('refresh', null);
  if (tell) for (const listener of listeners) listener(lapsed);
}

watch('refresh', (value) => {
  if (value !== null || access === null) return;
  close(true, kept('out') === null);
});

/** An access token that is still good for some seconds, renewed when it must be; `null` when nobody is signed in. */
export async function token(refused = null) {
  if (access !== null && access !== refused && Date.now() < end - 10_000) return access;
  const renewing = () => renew(refused);
  return navigator.locks ? navigator.locks.request(`${key}.refresh`, renewing) : renewing();
}

async function renew(refused) {
  if (access !== null && access !== refused && Date.now() < end - 10_000) return access;
  const refresh = kept('refresh');
  if (refresh === null) {
    if (access !== null) close(true, kept('out') === null);
    return null;
  }
  const answer = await fetch('/auth/refresh', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ refresh_token: refresh }),
  });
  if (answer.ok) {
    open(await answer.json());
    return access;
  }
  // Another tab was quicker, and has left a newer one.
  if (kept('refresh') !== null && kept('refresh') !== refresh) return renew(refused);
  if (answer.status >= 500 || answer.status === 429) throw new TypeError(`The session cannot be renewed: ${answer.status}`);
  close();
  return null;
}
