// Playing from memory: all sounds decoded, started on one clock, so that stems stay together to the sample.

/** Fetches and decodes all sounds; `tell` hears the share of bytes that came. */
export async function decodedSound(context, desk, addresses, tell, signal) {
  const names = [...addresses.keys()];
  const progress = new Map(names.map((name) => [name, 0]));
  const buffers = new Map();
  await Promise.all(names.map(async (name) => {
    const answer = await fetch(addresses.get(name), { signal });
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    const bytes = await collect(answer, (share) => {
      progress.set(name, share);
      tell([...progress.values()].reduce((sum, one) => sum + one, 0) / names.length);
    });
    buffers.set(name, await context.decodeAudioData(bytes));
  }));
  const duration = Math.max(...[...buffers.values()].map((buffer) => buffer.duration));
  let sources = [];
  let from = 0;
  let began = 0;
  let isPlaying = false;

  function halt() {
    for (const source of sources) {
      source.stop();
      source.disconnect();
    }
    sources = [];
  }

  function begin() {
    began = context.currentTime + 0.04;
    sources = names.filter((name) => from < buffers.get(name).duration).map((name) => {
      const source = new AudioBufferSourceNode(context, { buffer: buffers.get(name) });
      source.connect(desk.input(name));
      source.start(began, from);
      return source;
    });
  }

  const position = () => {
    if (!isPlaying) return from;
    const late = Math.min(0.5, context.outputLatency || 0);
    return Math.min(duration, from + Math.max(0, context.currentTime - began - late));
  };

  return {
    duration,
    position,
    async play() {
      if (isPlaying) return;
      await context.resume();
      isPlaying = true;
      begin();
    },
    pause() {
      from = position();
      isPlaying = false;
      halt();
    },
    seek(seconds) {
      from = Math.min(duration, Math.max(0, seconds));
      if (!isPlaying) return;
      halt();
      begin();
    },
    end() {
      halt();
      buffers.clear();
    },
  };
}

/** All bytes of an answer, with the share of them told where the length is known. */
async function collect(answer, tell) {
  const length = Number(answer.headers.get('Content-Length'));
  if (!answer.body || !(length > 0)) return answer.arrayBuffer();
  const reader = answer.body.getReader();
  const parts = [];
  let had = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    had += value.length;
    tell(Math.min(1, had / length));
  }
  return new Blob(parts).arrayBuffer();
}
