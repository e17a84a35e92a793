// Sending a file with its progress told, which fetch cannot; it can be stopped at any time.

import { Problem } from '../kit/js/api.js';
import { current, t } from '../kit/js/i18n.js';
import { token } from '../kit/js/session.js';

/** Begins to send a file. `done` gives the server's answer, or throws a problem, `stopped` after `stop()`. */
export function upload(file, tell) {
  const request = { now: null, isStopped: false };
  const stopped = () => new Problem(0, 'stopped', t('upload.stopped'));

  async function run() {
    let pass = await token();
    for (let attempt = 0; ; attempt += 1) {
      if (request.isStopped) throw stopped();
      if (pass === null) throw new Problem(401, 'signed_out', t('error.signedOut'));
      const answer = await once(pass);
      if (answer.status !== 401 || attempt > 0) {
        if (answer.status >= 200 && answer.status < 300) return JSON.parse(answer.body);
        throw Problem.read(answer.status, answer.body);
      }
      pass = await token(pass);
    }
  }

  function once(pass) {
    return new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest();
      request.now = xhr;
      xhr.open('POST', '/upload?process=false');
      xhr.setRequestHeader('Authorization', `Bearer ${pass}`);
      xhr.setRequestHeader('Accept-Language', current());
      xhr.upload.addEventListener('progress', (event) => { if (event.lengthComputable) tell(event.loaded / event.total); });
      xhr.addEventListener('load', () => resolve({ status: xhr.status, body: xhr.responseText }));
      xhr.addEventListener('error', () => reject(new Problem(0, 'network', t('error.upload'))));
      xhr.addEventListener('abort', () => reject(stopped()));
      const form = new FormData();
      form.append('file', file, file.name);
      xhr.send(form);
    });
  }

  return {
    done: run().catch((error) => { throw error instanceof Problem ? error : Problem.network; }),
    stop() {
      request.isStopped = true;
      request.now?.abort();
    },
  };
}
