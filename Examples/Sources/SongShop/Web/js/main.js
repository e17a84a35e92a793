// Starts the page of SongShop: its views, and what comes back from a checkout.

import { startPage } from '../kit/js/frame.js';
import { keep, kept } from '../kit/js/keeper.js';
import { settingsView } from '../kit/js/views/settings.js';
import { shop } from './shop.js';
import { receiptsView } from './views/receipts.js';
import { songView } from './views/song.js';
import { songsView } from './views/songs.js';
import { welcomeView } from './views/welcome.js';

// Where nothing was ever sold there are no receipts; whoever cannot be asked may have sold something.
const { receipts } = await shop().catch(() => ({ receipts: true }));

startPage({
  welcome: welcomeView,
  places: [['songs', 'song'], receipts && ['receipts', 'receipt'], ['settings', 'gear']].filter(Boolean),
  view(app, place, id) {
    if (place === 'songs' && id) return songView(app, id);
    return { receipts: receiptsView, settings: settingsView }[place]?.(app) ?? songsView(app);
  },
  receive(app, found, place) {
    // Links from elsewhere name a song as #/song?id=…, those of the checkout also say paid=1.
    const begun = kept('purchase', 'sessionStorage');
    if (found.paid) {
      Object.assign(app.brought, { song: found.id ?? begun, paid: true });
      for (const name of ['purchase', 'returned']) keep(name, app.brought.song, 'sessionStorage');
    } else if (begun && (found.id === begun || place === `songs/${encodeURIComponent(begun)}`)) {
      // Whoever came back by the way of those who paid did so, also after a reload.
      Object.assign(app.brought, { song: begun, paid: kept('returned', 'sessionStorage') === begun });
    }
    if (found.id) return `songs/${encodeURIComponent(found.id)}`;
    return found.paid ? 'receipts' : undefined;
  },
  enter: (app) => (app.brought.song ? `/songs/${encodeURIComponent(app.brought.song)}` : null),
  forget(app, isOver) {
    for (const name of isOver ? ['draft', 'purchase', 'returned'] : []) keep(name, null, 'sessionStorage');
  },
});
