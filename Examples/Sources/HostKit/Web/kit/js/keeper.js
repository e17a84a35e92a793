// Small things kept in this browser; a browser that forbids it forgets them, and nothing else happens.

import { key } from './host.js';

const prefix = `${key}.`;

export function kept(name, store = 'localStorage') {
  try { return window[store].getItem(prefix + name); } catch { return null; }
}

/** Keeps a text; `null` forgets it. */
export function keep(name, value, store = 'localStorage') {
  try {
    if (value === null) window[store].removeItem(prefix + name);
    else window[store].setItem(prefix + name, value);
  } catch { /* A private window may refuse; the page then lives without. */ }
}

/** Calls back when another tab changes what is kept under a name. */
export function watch(name, listener) {
  window.addEventListener('storage', (event) => {
    if (event.key === prefix + name) listener(event.newValue);
  });
}
