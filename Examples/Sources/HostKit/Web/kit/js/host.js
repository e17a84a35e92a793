// Which host's page this is, as its HTML says: a short key for what is kept in the browser, and the name that people read.

export const key = document.documentElement.dataset.host;
export const name = document.querySelector('meta[name=application-name]').content;

/** A title of the window: of a view, or of the whole page. */
export const titled = (text) => (text ? `${text} · ${name}` : name);
