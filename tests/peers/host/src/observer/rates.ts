// Frames per second out of counters that only grow.

const OVER_MS = 2000;

export class Rates {
  private readonly seen = new Map<string, { at: number; count: number }[]>();

  /** Mean growth per second over about the last two seconds. */
  public of(name: string, count: number, now: number): number {
    let samples = this.seen.get(name) ?? [];
    if (samples.length && count < samples[samples.length - 1]!.count) samples = [];
    samples.push({ at: now, count });
    // One sample older than the window stays, so that the window is always full.
    while (samples.length > 2 && samples[1]!.at <= now - OVER_MS) samples.shift();
    this.seen.set(name, samples);
    const first = samples[0]!;
    return now > first.at ? ((count - first.count) * 1000) / (now - first.at) : 0;
  }
}
