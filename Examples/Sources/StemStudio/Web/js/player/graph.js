// The mixing desk in Web Audio: a gain for every stem, one for all stems, one for the original, and one for everything.

/** Builds the desk. Sounds are connected to `input(name)`; `set` moves a gain without a click. */
export function mixingDesk(context, names) {
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
    // While the clock stands, no ramp would move.
    if (context.state !== 'running') {
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
