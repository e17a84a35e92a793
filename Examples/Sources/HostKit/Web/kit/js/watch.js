// Following a job until it ends: server-sent events, and plain questions where those do not come through.

import { get, ticketed } from './api.js';

/** Whether nothing more will happen, in whichever case a host writes it. */
export const isOver = (status) => ['COMPLETED', 'FAILED', 'CANCELLED'].includes(String(status).toUpperCase());

/** Tells every change of a job to `tell`, the end included; `status` is where it is asked for. Gives what stops it. */
export function watchJob(id, tell, status = `/status/${encodeURIComponent(id)}`) {
  let source = null;
  let timer = null;
  let isDone = false;
  let failures = 0;

  const end = () => {
    isDone = true;
    source?.close();
    clearTimeout(timer);
  };
  const heard = (state) => {
    if (isDone) return;
    if (isOver(state.status)) end();
    tell(state);
  };

  async function listen(renew) {
    let address;
    try {
      address = await ticketed(id, `/job/${encodeURIComponent(id)}/events`, renew);
    } catch {
      return later();
    }
    if (isDone) return;
    source = new EventSource(address);
    source.addEventListener('job', (event) => {
      failures = 0;
      heard(JSON.parse(event.data));
    });
    source.addEventListener('error', () => {
      failures += 1;
      if (source.readyState !== EventSource.CLOSED && failures < 3) return;
      source.close();
      later();
    });
  }

  /** Asks once, and goes back to events every fifth time, with a new ticket. */
  function later() {
    if (isDone) return;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      try {
        heard(await get(status));
      } catch (error) {
        if (error.status === 404 || error.status === 401) return end();
      }
      failures += 1;
      if (!isDone && failures % 5 === 0) listen(true);
      else later();
    }, 2000);
  }

  if (typeof EventSource === 'undefined') later();
  else listen(false);
  return end;
}

/**
 * Looks after the jobs of a list while the page can be seen: `note` hears of every state a row shows and by which call it shows
 * the next one, `follow` asks on, `path` says where one is asked for.
 */
export function watchList(path) {
  const running = new Map();
  let timer = null;
  let isEnded = false;

  function follow() {
    clearTimeout(timer);
    if (running.size === 0 || isEnded) return;
    timer = setTimeout(async () => {
      for (const [id, show] of document.hidden ? [] : [...running].slice(0, 8)) {
        try {
          show(await get(path(id)));
        } catch (error) {
          if (error.status === 404 || error.status === 401) running.delete(id);
        }
      }
      follow();
    }, 2000);
  }

  return {
    follow,
    note(id, status, show) {
      if (isOver(status)) running.delete(id);
      else running.set(id, show);
    },
    clear: () => running.clear(),
    end() {
      isEnded = true;
      clearTimeout(timer);
    },
  };
}

/** What a job says of its failure, whichever shape it has. */
export function reason(job) {
  const problem = job.problem;
  if (!problem) return '';
  return typeof problem === 'string' ? problem : problem.detail ?? problem.text ?? '';
}
