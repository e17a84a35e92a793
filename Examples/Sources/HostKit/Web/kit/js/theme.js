// Dark or light: as the system says, or as the person says.

import { keep, kept } from './keeper.js';

const listeners = new Set();
export const themes = ['auto', 'light', 'dark'];

export const theme = () => (themes.includes(kept('theme')) ? kept('theme') : 'auto');

export function setTheme(next) {
  keep('theme', next === 'auto' ? null : next);
  if (next === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  tell();
}

/** Calls back when colours change, for what is drawn and not styled; gives what ends that. */
export function onColours(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const tell = () => { for (const listener of listeners) listener(); };
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', tell);

/** The colour of a name of the style sheet, as it is now. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
