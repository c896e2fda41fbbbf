// Who is on the SFU, as LiveKit tells Element Call: listens to its WebSockets, says nothing.

import { fields, nested, text } from "./protobuf";

export interface Track {
  sid: string;
  /** 1 camera, 2 microphone, 3 screen share, 4 its sound. */
  source: number;
  muted: boolean;
  /** 0 none, 1 GCM. */
  encryption: number;
}

export interface Participant {
  sid: string;
  identity: string;
  tracks: Track[];
}

/** `livekit_rtc.proto` and `livekit_models.proto`. */
const RESPONSE = { join: 1, update: 5, mute: 9 };
const JOIN = { own: 2, others: 3 };
const PARTICIPANT = { sid: 1, identity: 2, state: 3, tracks: 4 };
const DISCONNECTED = 3;
const TRACK = { sid: 1, muted: 4, source: 9, encryption: 16 };

export class Signalling {
  public readonly participants = new Map<string, Participant>();
  public own: string | null = null;

  public constructor() {
    const signalling = this;
    const Plain = window.WebSocket;
    window.WebSocket = class extends Plain {
      public constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        if (new URL(url).pathname.includes("/rtc")) {
          this.addEventListener("message", ({ data }) => {
            if (data instanceof ArrayBuffer) signalling.read(new Uint8Array(data));
          });
        }
      }
    };
  }

  private read(message: Uint8Array): void {
    for (const { number, value } of fields(message)) {
      if (number === RESPONSE.join) this.join(nested(value));
      if (number === RESPONSE.update) {
        for (const each of fields(nested(value))) if (each.number === 1) this.update(nested(each.value));
      }
    }
  }

  private join(message: Uint8Array): void {
    for (const { number, value } of fields(message)) {
      if (number === JOIN.own) this.own = this.update(nested(value)).identity;
      if (number === JOIN.others) this.update(nested(value));
    }
  }

  private update(message: Uint8Array): Participant {
    const told: Participant = { sid: "", identity: "", tracks: [] };
    let gone = false;
    for (const { number, value } of fields(message)) {
      if (number === PARTICIPANT.sid) told.sid = text(value);
      if (number === PARTICIPANT.identity) told.identity = text(value);
      if (number === PARTICIPANT.state) gone = value === DISCONNECTED;
      if (number === PARTICIPANT.tracks) told.tracks.push(track(nested(value)));
    }
    if (gone) this.participants.delete(told.sid);
    else this.participants.set(told.sid, told);
    return told;
  }
}

function track(message: Uint8Array): Track {
  const told: Track = { sid: "", source: 0, muted: false, encryption: 0 };
  for (const { number, value } of fields(message)) {
    if (number === TRACK.sid) told.sid = text(value);
    if (number === TRACK.muted) told.muted = value !== 0;
    if (number === TRACK.source && typeof value === "number") told.source = value;
    if (number === TRACK.encryption && typeof value === "number") told.encryption = value;
  }
  return told;
}
