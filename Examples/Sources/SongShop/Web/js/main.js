// Starts the page of SongShop: its views, and what comes back from a checkout.

import { startPage } from '../kit/js/frame.js';
import { keep, kept } from '../kit/js/keeper.js';
import { settingsView } from '../kit/js/views/settings.js';
import { receiptsView } from './views/receipts.js';
import { songView } from './views/song.js';
import { songsView } from './views/songs.js';
import { welcomeView } from './views/welcome.js';

startPage({
  welcome: welcomeView,
  places: [['songs', 'song'], ['receipts', 'receipt'], ['settings', 'gear']],
  view(app, place, id) {
    if (place === 'songs' && id) return songView(app, id);
    return { receipts: receiptsView, settings: settingsView }[place]?.(app) ?? songsView(app);
  },
  receive(app, found, place) {
    // Links from elsewhere name a song as #/song?id=…, those of the checkout also say paid=1.
    const begun = kept('purchase', 'sessionStorage');
    if (found.paid) Object.assign(app.brought, { song: found.id ?? begun, paid: true });
    else if (begun && (found.id === begun || place === `songs/${encodeURIComponent(begun)}`)) app.brought.song = begun;
    if (found.id) return `songs/${encodeURIComponent(found.id)}`;
    return found.paid ? 'receipts' : undefined;
  },
  enter: (app) => (app.brought.song ? `/songs/${encodeURIComponent(app.brought.song)}` : null),
  forget() {
    for (const name of ['draft', 'purchase']) keep(name, null, 'sessionStorage');
  },
});
