// The page that a link in a mail opens, to set a new password.

import { post } from '../api.js';
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { notice } from '../notices.js';
import { field, form } from './form.js';

export function resetView(app) {
  const password = field(t('field.newPassword'), { type: 'password', name: 'password', autocomplete: 'new-password' }, t('field.passwordHint'));
  const done = () => {
    delete app.brought.reset;
    app.desk.mode = 'login';
    app.draw();
  };
  const node = form({
    id: 'form-reset', fields: [h('h1', { tabindex: -1 }, t('reset.title')), password], button: t('reset.do'),
    after: h('p', { class: 'hint' }, h('button', { type: 'button', class: 'link', on: { click: done } }, t('back'))),
    judge: () => (password.input.value.length < 8 ? [[password, t('wrong.passwordShort')]] : []),
    owner: (error) => (/password/.test(error.code) ? password : null),
    async send() {
      await post('/auth/reset', { token: app.brought.reset, password: password.input.value }, { open: true });
      notice(t('reset.done'), 'good');
      done();
    },
  });
  return { node: h('div', { class: 'card narrow' }, node), title: t('reset.title') };
}
