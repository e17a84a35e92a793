// Talking to the server: one call, its problems, keys against doing things twice, tickets for links.

import { current, t } from './i18n.js';
import { token } from './session.js';

/**
 * What went wrong: `code` is the server's, or `network` or `signed_out`; `message` is for people, in their language; `retryAfter` is how
 * many seconds to wait, where the server says so.
 */
export class Problem extends Error {
  constructor(status, code, detail, figures = {}, retryAfter = null) {
    super(detail || t('error.general'));
    Object.assign(this, { status, code, figures, retryAfter });
  }

  /** The problem that a body tells of, which may not be one of ours. */
  static read(status, body, wait = null) {
    let figures = {};
    try { figures = JSON.parse(body) ?? {}; } catch { figures = {}; }
    const known = { 413: 'error.tooLarge', 429: 'error.tooMany', 502: 'error.server', 503: 'error.server', 504: 'error.server' };
    const detail = typeof figures.detail === 'string' ? figures.detail : known[status] ? t(known[status]) : '';
    return new Problem(status, figures.code ?? '', detail, figures, Number(wait) > 0 ? Number(wait) : null);
  }

  static get network() { return new Problem(0, 'network', t('error.network')); }
}

/**
 * Calls a route and gives what it answers. `json` is sent as a body, `key` as Idempotency-Key, `range` as Range; `open` calls without a
 * token.
 * A token that is refused is renewed and the call made once more.
 */
export async function call(method, path, { json, key, open = false, as = 'json', signal, range } = {}) {
  let refused = null;
  for (;;) {
    const headers = { 'Accept-Language': current() };
    let pass = null;
    try {
      if (!open) {
        pass = await token(refused);
        if (pass === null) throw new Problem(401, 'signed_out', t('error.signedOut'));
        headers.Authorization = `Bearer ${pass}`;
      }
      if (json !== undefined) headers['Content-Type'] = 'application/json';
      if (key) headers['Idempotency-Key'] = key;
      if (range) headers.Range = range;
      const answer = await fetch(path, { method, headers, signal, body: json === undefined ? undefined : JSON.stringify(json) });
      if (!answer.ok) {
        const problem = Problem.read(answer.status, await answer.text(), answer.headers.get('Retry-After'));
        // A wrong password is refused with the same number, and must not be tried twice.
        if (answer.status !== 401 || open || refused !== null || problem.code === 'bad_credentials') throw problem;
        refused = pass;
        continue;
      }
      if (as === 'answer') return answer;
      if (answer.status === 204) return null;
      return as === 'blob' ? await answer.blob() : await answer.json();
    } catch (error) {
      if (error instanceof Problem || error.name === 'AbortError') throw error;
      throw Problem.network;
    }
  }
}

export const get = (path, options) => call('GET', path, options);
export const post = (path, json, options) => call('POST', path, { json, ...options });
export const remove = (path, options) => call('DELETE', path, options);

const keys = new Map();
/** The key of one intention: the same until it is `settle`d, so that trying again after a lost answer pays once. */
export function keyFor(intention) {
  if (!keys.has(intention)) keys.set(intention, crypto.randomUUID ? crypto.randomUUID() : randomName());
  return keys.get(intention);
}
export const settle = (intention) => keys.delete(intention);

/** `randomUUID` is there on https and localhost only. */
function randomName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const tickets = new Map();
/** An address of a job with a ticket, for what cannot send headers: event sources, sound elements, downloads. */
export async function ticketed(job, path, renew = false) {
  let ticket = tickets.get(job);
  if (renew || !ticket || Date.parse(ticket.expires_at) - Date.now() < 60_000) {
    ticket = await post(`/job/${encodeURIComponent(job)}/ticket`);
    tickets.set(job, ticket);
  }
  return `${path}${path.includes('?') ? '&' : '?'}ticket=${encodeURIComponent(ticket.ticket)}`;
}
export const forgetTickets = () => tickets.clear();

/** Lets the browser save an address under a name. */
export function save(address, name) {
  const link = document.createElement('a');
  link.href = address;
  link.download = name ?? '';
  document.body.append(link);
  link.click();
  link.remove();
}
