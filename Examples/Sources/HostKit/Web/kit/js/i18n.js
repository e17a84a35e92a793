// The languages of the page: tables of texts, numbers, dates and plurals.

import { keep, kept } from './keeper.js';

export const languages = { en: 'English', ko: '한국어' };

let table = {};
let language = document.documentElement.lang in languages ? document.documentElement.lang : 'en';

/** The language in use: `en` or `ko`. */
export const current = () => language;

/** Loads a language, the kit's texts and the host's, and remembers it when a person chose it. */
export async function speak(next, chosen = false) {
  const tables = await Promise.all(['/assets/kit/lang/', '/assets/lang/'].map(async (folder) => (await fetch(`${folder}${next}.json`)).json()));
  table = Object.assign({}, ...tables);
  language = next;
  document.documentElement.lang = next;
  if (chosen) keep('language', next);
}

export const wasChosen = () => kept('language') !== null;

/** Whether the table has a text of that name. */
export const has = (key) => key in table;

/** The text of a name, with `{names}` filled in. A name without a text is shown as it is, so that it is noticed. */
export function t(key, values = {}) {
  return (table[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** A text that depends on a number: `key.one` or `key.other`. */
export function count(key, number, values = {}) {
  const rule = new Intl.PluralRules(language).select(number);
  const name = has(`${key}.${rule}`) ? rule : 'other';
  return t(`${key}.${name}`, { n: number.toLocaleString(language), ...values });
}

/** Seconds as 1:05, or 1:02:05. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const two = (number) => String(number).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Seconds as they are spoken: "1 minute 5 seconds". */
export function spoken(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const parts = [];
  if (whole >= 60) parts.push(count('minutes', Math.floor(whole / 60)));
  if (whole < 60 || whole % 60 > 0) parts.push(count('seconds', whole % 60));
  return parts.join(' ');
}

/** Bytes as 2.6 MB. */
export function size(bytes) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  let step = 0;
  let number = bytes;
  while (number >= 1000 && step < 3) { number /= 1000; step += 1; }
  const digits = step > 1 && number < 100 ? 1 : 0;
  return new Intl.NumberFormat(language, { style: 'unit', unit: units[step], unitDisplay: 'short', maximumFractionDigits: digits }).format(number);
}

export function percent(share) {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

/** A time as a short date with the hour. */
export function moment(text, options = { dateStyle: 'medium', timeStyle: 'short' }) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? '' : new Intl.DateTimeFormat(language, options).format(date);
}

export const day = (text) => moment(text, { dateStyle: 'medium' });
