// Starts the page of StemStudio: its views, the balance in the corner, and what comes back from a checkout.

import * as account from '../kit/js/account.js';
import { fill, h } from '../kit/js/dom.js';
import { startPage } from '../kit/js/frame.js';
import { t } from '../kit/js/i18n.js';
import { keep, kept } from '../kit/js/keeper.js';
import { settingsView } from '../kit/js/views/settings.js';
import { credits } from './amounts.js';
import { creditsView } from './views/credits.js';
import { playerSettings } from './views/playing.js';
import { songView } from './views/song.js';
import { songsView } from './views/songs.js';
import { welcomeView } from './views/welcome.js';

function showBalance() {
  const place = document.getElementById('balance');
  if (place) fillBalance(place);
}

function fillBalance(place) {
  const funds = account.funds();
  place.hidden = funds === null;
  if (funds === null) return;
  place.dataset.available = funds.available;
  fill(place, h('span', { class: 'unseen' }, `${t('balance.label')}: `), credits(funds.available));
}
account.onChange(showBalance);

startPage({
  welcome: welcomeView,
  places: [['songs', 'song'], ['credits', 'coin'], ['settings', 'gear']],
  view(app, place, id) {
    if (place === 'songs' && id) return songView(app, id);
    return { credits: creditsView, settings: () => settingsView(app, playerSettings) }[place]?.(app) ?? songsView(app);
  },
  corner() {
    const place = h('a', { class: 'balance', id: 'balance', href: '#/credits' });
    fillBalance(place);
    return place;
  },
  receive(app, found, place) {
    // A checkout that was left by its way back brings nothing; the purchase that began here is looked after all the same.
    const begun = kept('purchase', 'sessionStorage');
    if (found.purchase || found.paid) {
      Object.assign(app.brought, { purchase: found.purchase ?? begun, paid: true });
      keep('returned', app.brought.purchase, 'sessionStorage');
      return 'credits';
    }
    if (begun && place === 'credits') Object.assign(app.brought, { purchase: begun, paid: kept('returned', 'sessionStorage') === begun });
    return undefined;
  },
  enter: (app) => (app.brought.purchase ? '/credits' : null),
  forget(app, isOver) {
    app.desk.order?.stop();
    for (const name of isOver ? ['order', 'purchase', 'returned'] : []) keep(name, null, 'sessionStorage');
  },
});
