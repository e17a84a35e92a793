// Amounts of credits, as people read them.

import { current, has, t } from '../kit/js/i18n.js';

/** "3 credits" of the decimal text "3.00". */
export function credits(text) {
  const number = Number(text);
  if (!Number.isFinite(number)) return String(text);
  const rule = new Intl.PluralRules(current()).select(number);
  const amount = number.toLocaleString(current(), { maximumFractionDigits: 6 });
  return t(has(`credits.${rule}`) ? `credits.${rule}` : 'credits.other', { n: amount });
}

/** Only the number of "3.00", with a sign where one is wanted. */
export function amount(text, signed = false) {
  const number = Number(text);
  if (!Number.isFinite(number)) return String(text);
  return number.toLocaleString(current(), { maximumFractionDigits: 6, signDisplay: signed ? 'exceptZero' : 'auto' }).replace('-', '−');
}
