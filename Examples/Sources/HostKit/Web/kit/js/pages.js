// A list that comes page by page: the first at once, more when asked for, and a way to try again.

import { get } from './api.js';
import { h, icon } from './dom.js';
import { t } from './i18n.js';
import { trouble } from './notices.js';

/**
 * Fills `list` with `row(item)` of every item of `path`, asked for with the figures of `query()`. `empty()` gives what is shown when there
 * is none; `cleared()` is called when the list begins anew, `shown(from, isNew)` after a page with the index of its first row. Gives the
 * place of its troubles, the button for more, and `load` and `end`.
 */
export function pagedList({ list, path, row, empty, query = () => ({}), cleared = () => {}, shown = () => {} }) {
  const wrong = trouble();
  const more = h('button', { type: 'button', class: 'more', hidden: true, on: { click: () => load(false) } }, t('more'));
  let cursor = null;
  let turn = 0;

  async function load(anew = true) {
    const mine = (turn += 1);
    wrong.clear();
    list.setAttribute('aria-busy', 'true');
    const figures = new URLSearchParams({ limit: 20, ...query() });
    if (!anew && cursor) figures.set('cursor', cursor);
    try {
      const page = await get(`${path}?${figures}`);
      if (mine !== turn) return;
      if (anew) {
        list.replaceChildren();
        cleared();
      }
      const first = list.children.length;
      for (const one of page.items) list.append(row(one));
      cursor = page.next_cursor ?? null;
      more.hidden = cursor === null;
      if (list.children.length === 0) list.append(empty());
      shown(first, anew);
    } catch (error) {
      if (mine !== turn || error.code === 'signed_out') return;
      wrong.tell(error.message, h('button', { type: 'button', on: { click: () => load(anew) } }, icon('again'), t('again')));
    } finally {
      if (mine === turn) list.removeAttribute('aria-busy');
    }
  }

  return { wrong: wrong.box, more, load, end() { turn += 1; } };
}
