// Loudness and loudest frequency of remote voices, as they are decoded. Tones come and go,
// so the loudest of the last seconds counts.

const EVERY_MS = 100;
const KEPT_MS = 3000;
export const SILENCE_DBFS = -120;
/** Quieter than this no frequency is named. */
const HEARD_DBFS = -60;

interface Moment {
  at: number;
  levelDbfs: number;
  toneHz: number | null;
}

class Ear {
  private readonly analyser: AnalyserNode;
  private readonly source: MediaStreamAudioSourceNode;
  private moments: Moment[] = [];

  public constructor(private readonly context: AudioContext, public readonly track: MediaStreamTrack) {
    this.source = context.createMediaStreamSource(new MediaStream([track]));
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = 8192;
    this.analyser.smoothingTimeConstant = 0;
    this.source.connect(this.analyser);
  }

  public listen(now: number): void {
    const samples = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const levelDbfs = power > 0 ? Math.max(10 * Math.log10(power), SILENCE_DBFS) : SILENCE_DBFS;
    this.moments.push({ at: now, levelDbfs, toneHz: levelDbfs > HEARD_DBFS ? this.tone() : null });
    this.moments = this.moments.filter((moment) => moment.at > now - KEPT_MS);
  }

  private tone(): number {
    const bins = new Float32Array(this.analyser.frequencyBinCount);
    this.analyser.getFloatFrequencyData(bins);
    let top = 1;
    for (let i = 2; i < bins.length - 1; i++) if (bins[i]! > bins[top]!) top = i;
    // The peak of the parabola through three bins lies nearer the tone than the bin's middle.
    const [a, b, c] = [bins[top - 1]!, bins[top]!, bins[top + 1]!];
    const shift = Number.isFinite(a + b + c) && a - 2 * b + c !== 0 ? (a - c) / (2 * (a - 2 * b + c)) : 0;
    return ((top + shift) * this.context.sampleRate) / this.analyser.fftSize;
  }

  public loudest(): { levelDbfs: number; toneHz: number | null } {
    const first: Moment = { at: 0, levelDbfs: SILENCE_DBFS, toneHz: null };
    const { levelDbfs, toneHz } = this.moments.reduce((a, b) => (b.levelDbfs > a.levelDbfs ? b : a), first);
    return { levelDbfs, toneHz };
  }

  public close(): void {
    this.source.disconnect();
  }
}

/** Listens from the first time somebody asks: it costs a little CPU all the time. */
export class Sounds {
  private context: AudioContext | undefined;
  private readonly ears = new Map<MediaStreamTrack, Ear>();

  public of(track: MediaStreamTrack): { levelDbfs: number; toneHz: number | null } {
    let ear = this.ears.get(track);
    if (!ear) {
      ear = new Ear(this.start(), track);
      this.ears.set(track, ear);
    }
    return ear.loudest();
  }

  private start(): AudioContext {
    if (this.context) return this.context;
    this.context = new AudioContext({ sampleRate: 48_000 });
    setInterval(() => this.listen(), EVERY_MS);
    return this.context;
  }

  private listen(): void {
    for (const [track, ear] of this.ears) {
      if (track.readyState === "ended") {
        ear.close();
        this.ears.delete(track);
      } else ear.listen(Date.now());
    }
  }
}
