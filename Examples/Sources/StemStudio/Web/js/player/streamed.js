// Playing from the server: one media element for each sound, nudged to stay together; for songs too long for memory.

/** Opens all sounds and waits until their lengths are known. */
export async function streamedSound(context, desk, addresses, tell) {
  const elements = new Map();
  let known = 0;
  await Promise.all([...addresses].map(([name, address]) => new Promise((resolve, reject) => {
    const element = new Audio();
    element.preload = 'auto';
    element.addEventListener('loadedmetadata', () => {
      known += 1;
      tell(known / addresses.size);
      resolve();
    }, { once: true });
    element.addEventListener('error', () => reject(new Error(`${name}: ${element.error?.message ?? ''}`)), { once: true });
    element.src = address;
    context.createMediaElementSource(element).connect(desk.input(name));
    elements.set(name, element);
  })));
  const all = [...elements.values()];
  const lead = all[0];
  const duration = Math.max(...all.map((element) => element.duration));
  let isPlaying = false;
  let timer = null;

  /** Brings the others to the leading sound: small differences by speed, large ones by a jump. */
  function align() {
    if (!isPlaying) return;
    const isStarved = all.some((element) => !element.ended && element.readyState < 3);
    for (const element of all) {
      if (isStarved) {
        element.pause();
        continue;
      }
      if (element.paused && !element.ended) element.play().catch(() => { /* The next round tries again. */ });
      const late = lead.currentTime - element.currentTime;
      if (Math.abs(late) > 0.08) element.currentTime = lead.currentTime;
      element.playbackRate = Math.abs(late) > 0.012 ? 1 + Math.sign(late) * 0.01 : 1;
    }
  }

  return {
    duration,
    position: () => lead.currentTime,
    async play() {
      if (isPlaying) return;
      isPlaying = true;
      await context.resume();
      for (const element of all) element.currentTime = lead.currentTime;
      await Promise.all(all.map((element) => element.play()));
      timer = setInterval(align, 250);
    },
    pause() {
      isPlaying = false;
      clearInterval(timer);
      for (const element of all) element.pause();
    },
    seek(seconds) {
      for (const element of all) element.currentTime = Math.min(duration, Math.max(0, seconds));
    },
    end() {
      isPlaying = false;
      clearInterval(timer);
      for (const element of all) {
        element.pause();
        element.removeAttribute('src');
        element.load();
      }
    },
  };
}
