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
    // The song whose checkout was opened here is looked after, by whichever way its buyer comes back.
    const [, named] = place.split('/');
    const begun = kept('purchase', 'sessionStorage');
    if (found.paid || found.purchase) {
      const song = named ? decodeURIComponent(named) : begun;
      Object.assign(app.brought, { song, paid: true });
      return song ? `songs/${encodeURIComponent(song)}` : 'receipts';
    }
    if (begun && named === encodeURIComponent(begun)) app.brought.song = begun;
    return undefined;
  },
  enter: (app) => (app.brought.song ? `/songs/${encodeURIComponent(app.brought.song)}` : null),
  forget() {
    for (const name of ['draft', 'purchase']) keep(name, null, 'sessionStorage');
  },
});
