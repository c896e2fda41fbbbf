// Served into Element Call's page ahead of its own script. It listens where Element Call
// meets the browser (WebRTC, WebSocket, workers) and changes nothing there.

import { Connections, type Received, type Report } from "./connections";
import { Decryption } from "./decryption";
import { colours, shownIn } from "./pictures";
import { Rates } from "./rates";
import { Signalling, type Participant } from "./signalling";
import { SILENCE_DBFS, Sounds } from "./sounds";

const CAMERA = 1;
const MICROPHONE = 2;
const SCREEN = 3;
const GCM = 1;
/** While counters are watched for rates. */
const SAMPLE_MS = 500;
/** While the first picture and sound are awaited. */
const WATCH_MS = 40;
/** `totalAudioEnergy` of more than comfort noise. */
const SOUND = 1e-5;

export class Observer {
  private readonly signalling = new Signalling();
  private readonly decryption = new Decryption();
  private readonly connections = new Connections();
  private readonly sounds = new Sounds();
  private readonly rates = new Rates();
  private firstPictureMs: number | null = null;
  private firstSoundMs: number | null = null;
  private countsOnly = false;

  /** The join button was pressed: watch for the first picture and sound. */
  public pressed(countsOnly: boolean): void {
    this.countsOnly = countsOnly;
    const watch = async (): Promise<void> => {
      for (const reports of await this.connections.reports()) for (const report of reports.values()) this.first(report);
      if (this.firstPictureMs === null || this.firstSoundMs === null) setTimeout(watch, WATCH_MS);
    };
    void watch();
    // It costs a measurable share of a core.
    if (!countsOnly) setInterval(() => void this.sample(), SAMPLE_MS);
  }

  /** Some connection to an SFU carries media. */
  public connected(): boolean {
    return [...this.connections.open].some((each) => each.connectionState === "connected");
  }

  private first(report: Report): void {
    if (report["type"] !== "inbound-rtp") return;
    if (report["kind"] === "video" && report["framesDecoded"] > 0) this.firstPictureMs ??= Date.now();
    if (report["kind"] === "audio" && this.isSound(report)) this.firstSoundMs ??= Date.now();
  }

  /** What a bench compares with has no ears for loudness: there the first decoded sample counts. */
  private isSound(report: Report): boolean {
    return this.countsOnly ? report["jitterBufferEmittedCount"] > 0 : report["totalAudioEnergy"] > SOUND;
  }

  private async sample(): Promise<void> {
    for (const reports of await this.connections.reports()) for (const report of reports.values()) this.rate(report);
  }

  private rate(report: Report): number {
    const count = report["type"] === "inbound-rtp" ? report["framesDecoded"]
      : report["type"] === "outbound-rtp" ? report["framesEncoded"] : undefined;
    return count === undefined ? 0 : this.rates.of(report["id"], count, report["timestamp"]);
  }

  public async look() {
    const reports = await this.connections.reports();
    return {
      own: this.signalling.own,
      remotes: this.remotes(reports),
      outbound: reports.flatMap((each) => this.outbound(each)),
      audioBytesSent: sum(reports, (r) => r["type"] === "outbound-rtp" && r["kind"] === "audio" ? r["bytesSent"] : 0),
      firstPictureMs: this.firstPictureMs,
      firstSoundMs: this.firstSoundMs,
    };
  }

  private remotes(reports: Map<string, Report>[]) {
    return [...this.signalling.participants.values()]
      .filter((participant) => participant.identity !== this.signalling.own)
      .map((participant) => this.remote(participant, reports));
  }

  private remote(participant: Participant, reports: Map<string, Report>[]) {
    const known = this.decryption.of(participant.identity);
    const on = (source: number): boolean =>
      participant.tracks.some((track) => track.source === source && !track.muted);
    const video = this.video(participant, CAMERA, reports);
    const audio = this.audio(participant, reports);
    return {
      identity: participant.identity,
      microphone: on(MICROPHONE),
      camera: on(CAMERA),
      announcedEncrypted: participant.tracks.length
        ? participant.tracks.every((track) => track.encryption === GCM) : null,
      decrypting: known.decoding && known.keyIndex !== null && ((video?.frames ?? 0) > 0 || (audio?.energy ?? 0) > SOUND),
      keyIndex: known.keyIndex,
      keys: { missingKey: known.errors.missingKey, invalidKey: known.errors.invalidKey, other: known.errors.other,
        lastMs: known.errors.lastMs },
      video,
      screen: this.video(participant, SCREEN, reports),
      audio,
    };
  }

  /** A participant's track that is received now, with its figures. */
  private inbound(participant: Participant, kind: string, source: number, reports: Map<string, Report>[]) {
    const sids = participant.tracks.filter((track) => track.source === source).map((track) => track.sid);
    const mine = (each: Received): boolean =>
      each.track.kind === kind &&
      (sids.includes(each.trackSid) || (each.participantSid === participant.sid && each.trackSid === "" && source !== SCREEN));
    const received = this.connections.tracks().filter(mine);
    for (const each of received) {
      for (const reportsOfOne of reports) {
        for (const report of reportsOfOne.values()) {
          if (report["type"] === "inbound-rtp" && report["trackIdentifier"] === each.track.id) {
            return { track: each.track, report, codec: reportsOfOne.get(report["codecId"])?.["mimeType"] ?? "" };
          }
        }
      }
    }
    return undefined;
  }

  private video(participant: Participant, source: number, reports: Map<string, Report>[]) {
    const found = this.inbound(participant, "video", source, reports);
    if (!found) return null;
    const { track, report, codec } = found;
    const element = this.countsOnly ? undefined : shownIn(track);
    return {
      framesPerSecond: this.rate(report),
      frames: report["framesDecoded"] ?? 0,
      width: report["frameWidth"] ?? 0,
      height: report["frameHeight"] ?? 0,
      codec,
      shown: element !== undefined,
      colours: element ? colours(element) : [],
      freezes: report["freezeCount"] ?? 0,
      frozenS: report["totalFreezesDuration"] ?? 0,
      packetsLost: report["packetsLost"] ?? 0,
      keyFrameRequests: (report["pliCount"] ?? 0) + (report["firCount"] ?? 0),
      bytes: report["bytesReceived"] ?? 0,
    };
  }

  private audio(participant: Participant, reports: Map<string, Report>[]) {
    const found = this.inbound(participant, "audio", MICROPHONE, reports);
    if (!found) return null;
    const { track, report } = found;
    return {
      ...(this.countsOnly ? { levelDbfs: SILENCE_DBFS, toneHz: null } : this.sounds.of(track)),
      energy: report["totalAudioEnergy"] ?? 0,
      receivedS: report["totalSamplesDuration"] ?? 0,
      concealedS: (report["concealedSamples"] ?? 0) / 48_000,
      packetsLost: report["packetsLost"] ?? 0,
      bytes: report["bytesReceived"] ?? 0,
    };
  }

  private outbound(reports: Map<string, Report>) {
    const layers = [...reports.values()].filter((r) => r["type"] === "outbound-rtp" && r["kind"] === "video");
    return layers.map((report) => ({
      rid: report["rid"] ?? null,
      active: report["active"] ?? false,
      codec: reports.get(report["codecId"])?.["mimeType"] ?? "",
      width: report["frameWidth"] ?? 0,
      height: report["frameHeight"] ?? 0,
      framesPerSecond: this.rate(report),
      frames: report["framesEncoded"] ?? 0,
      bytes: report["bytesSent"] ?? 0,
    }));
  }

  /** Names only, for a failed test's report. */
  public trace(): object {
    return {
      participants: [...this.signalling.participants.values()],
      tracks: this.connections.tracks().map(({ track, participantSid, trackSid }) => ({
        id: track.id, kind: track.kind, muted: track.muted, participantSid, trackSid,
      })),
      connections: [...this.connections.open].map((each) => each.connectionState),
    };
  }
}

function sum(reports: Map<string, Report>[], value: (report: Report) => number): number {
  return reports.flatMap((each) => [...each.values()]).reduce((total, report) => total + (value(report) || 0), 0);
}

Object.assign(window, { salleObserver: new Observer() });
