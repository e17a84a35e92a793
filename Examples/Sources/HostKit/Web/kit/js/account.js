// The person who is signed in, and what they have; whoever shows it is told when it changes.

import { get } from './api.js';

let user = null;
let balance = null;
const listeners = new Set();

export const person = () => user;
/** `{available, held, debt, expiring}` in decimal texts, or `null` until it is known. */
export const funds = () => balance;

export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const tell = () => { for (const listener of listeners) listener(); };

/** Takes what an answer says of the person and the balance, which may be a bare amount. */
export function take(answer) {
  if (answer?.user) user = answer.user;
  const found = answer?.balance;
  if (found !== undefined && found !== null) balance = typeof found === 'object' ? found : { ...balance, available: String(found) };
  tell();
}

export async function load() {
  take(await get('/auth/me'));
}

/** Asks for the balance anew; a failure leaves the old one. */
export async function reload() {
  try {
    take({ balance: await get('/credits/balance') });
  } catch { /* The old one stays shown; the next answer corrects it. */ }
}

export function forget() {
  user = null;
  balance = null;
}
