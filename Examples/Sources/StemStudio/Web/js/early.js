// Sets theme and language before the first paint, so that nothing flashes; the only script that is not a module.
(() => {
  const read = (name) => {
    try { return localStorage.getItem('stemstudio.' + name); } catch { return null; }
  };
  const theme = read('theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
  const wanted = read('language') || (navigator.languages || []).map((tag) => tag.slice(0, 2)).find((tag) => tag === 'ko' || tag === 'en');
  document.documentElement.lang = wanted === 'ko' ? 'ko' : 'en';
})();
