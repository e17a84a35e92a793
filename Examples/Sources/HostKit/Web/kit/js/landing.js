// Following a purchase whose buyer came back from the checkout, until its provider says how it ended.

import { fill, h, icon } from './dom.js';
import { has, t } from './i18n.js';

/**
 * Shows in `place` how a purchase stands, by the host's texts `landing.…`. Gives what stops it.
 *
 * - `look()` asks for the purchase, `{status, processing}`; `cameBack` says whether the buyer came by the way of those who paid.
 * - `settled(state)` is awaited once it is over or its money is on its way, before it is shown; `forget()` is called when nothing more will be followed.
 */
export function followPurchase({ place, look, cameBack, settled = () => {}, forget = () => {} }) {
  let isLeft = false;
  let timer = null;

  async function follow() {
    const started = Date.now();
    if (cameBack) show('pending');
    for (let wait = 800; !isLeft; wait = Math.min(5000, wait * 1.4)) {
      try {
        const { status, processing } = await look();
        if (isLeft) return;
        // A way to pay that takes days is no buyer who left, and nothing to wait for here.
        if (status === 'pending' && processing && (!cameBack || Date.now() - started > 4000)) {
          await settled(status);
          return show('slow');
        }
        if (status === 'pending' && !cameBack) return show('left');
        if (status !== 'pending') {
          await settled(status);
          const name = status.replace('_', '');
          return show(has(`landing.${name}`) ? name : 'other');
        }
      } catch (error) {
        if (error.status === 404) return show('none');
        if (error.code === 'signed_out') return;
      }
      if (Date.now() - started > 90_000) return show('slow');
      await new Promise((next) => { timer = setTimeout(next, wait); });
    }
  }

  function show(state) {
    if (isLeft) return;
    if (state !== 'pending') forget();
    const kind = { paid: 'good', failed: 'bad', expired: 'bad', none: 'bad' }[state] ?? '';
    const again = state === 'slow' ? h('button', { type: 'button', on: { click: follow } }, icon('again'), t('landing.look')) : null;
    fill(place, h('section', { class: `card landing ${kind}`, data: { status: state }, role: 'status' },
      state === 'pending' ? h('span', { class: 'spin', 'aria-hidden': 'true' }) : icon(kind === 'bad' ? 'warn' : kind === 'good' ? 'check' : 'clock'),
      h('div', {}, h('h2', { tabindex: -1 }, t(`landing.${state}`)), h('p', {}, t(`landing.${state}.text`)), again)));
    if (state !== 'pending') place.querySelector('h2').focus();
  }

  follow();
  return () => {
    isLeft = true;
    clearTimeout(timer);
  };
}
