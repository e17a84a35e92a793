// What the shop says of itself, and how its songs are named.

import { get } from '../kit/js/api.js';
import { clock, current, day, has, t } from '../kit/js/i18n.js';

const known = new Map();

/** The shop's price, styles, formats and lengths, asked for once in every language; a failure is not kept. */
export async function shop() {
  const language = current();
  if (!known.has(language)) known.set(language, await get('/api/v1/shop', { open: true }));
  return known.get(language);
}

export const api = (what, id) => `/api/v1/${what}/${encodeURIComponent(id)}`;

/** The state of a song, which events write in capitals and with other words. */
export function stateOf(status) {
  const text = String(status).toLowerCase();
  return text === 'pending' ? 'queued' : text;
}

export const styleName = (style) => (!style ? t('style.any') : has(`style.${style}`) ? t(`style.${style}`) : style);
export const formatName = (format) => String(format ?? '').toUpperCase();
export const titleOf = (song) => song.prompt?.trim() || t('songs.nameless');

/** "Folk · 1:30 · 3 Nov 2026". */
export const lineOf = (song) => [song.style && styleName(song.style), song.length ? clock(song.length) : null, song.created_at && day(song.created_at)].filter(Boolean).join(' · ');

/** Whether a song was made and its files have been deleted since. */
export const isGone = (song) => stateOf(song.status) === 'completed' && !song.download_url;

const warning = 3 * 24 * 3600 * 1000;

/** Whether the files of a song leave within three days. */
export function leavesSoon(song) {
  if (!song.expires_at || isGone(song)) return false;
  return Date.parse(song.expires_at) - Date.now() < warning;
}
