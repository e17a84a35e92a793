// Sets theme and language before the first paint, so that nothing flashes; the only script that is not a module.
(() => {
  const root = document.documentElement;
  const read = (name) => {
    try { return localStorage.getItem(`${root.dataset.host}.${name}`); } catch { return null; }
  };
  const theme = read('theme');
  if (theme === 'dark' || theme === 'light') root.dataset.theme = theme;
  const wanted = read('language') || (navigator.languages || []).map((tag) => tag.slice(0, 2)).find((tag) => tag === 'ko' || tag === 'en');
  root.lang = wanted === 'ko' ? 'ko' : 'en';
})();
