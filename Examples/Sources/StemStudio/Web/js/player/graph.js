// The mixing desk in Web Audio: a gain for every stem, one for all stems, one for the original, and one for everything.

/** Builds the desk. Sounds are connected to `input(name)`; gains move without a click while `isPlaying()`. */
export function mixingDesk(context, names, isPlaying) {
  const master = context.createGain();
  master.connect(context.destination);
  const stems = context.createGain();
  stems.connect(master);
  const inputs = new Map();
  for (const name of names) {
    const gain = context.createGain();
    gain.connect(name === 'mixture' ? master : stems);
    inputs.set(name, gain);
  }
  const set = (param, value) => {
    // Browsers let ramps rest where no sound flows, so a gain would stay where it was.
    if (!isPlaying() || context.state !== 'running') {
      param.cancelScheduledValues(0);
      param.value = value;
    } else {
      param.setTargetAtTime(value, context.currentTime, 0.012);
    }
  };
  return {
    input: (name) => inputs.get(name),
    master: (value) => set(master.gain, value),
    stems: (value) => set(stems.gain, value),
    level: (name, value) => set(inputs.get(name).gain, value),
    /** What a gain is at this moment, as it is heard. */
    heard: (name) => inputs.get(name).gain.value * (name === 'mixture' ? 1 : stems.gain.value),
  };
}
