// A plain LiveKit participant, set up as La Suite Meet's web client is: VP9 in one stream of
// layers, a VP8 copy for those who cannot take it, adaptive stream and dynacast; no encryption.

import { Room, RoomEvent } from "livekit-client";
import type { Observer } from "./observer/observer";

/** For tones: what makes speech better makes them unrecognisable. */
const RAW = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

const parameters = new URLSearchParams(location.hash.slice(1));
const observer = (window as unknown as { salleObserver: Observer }).salleObserver;
const room = new Room({
  adaptiveStream: true,
  dynacast: true,
  publishDefaults: { videoCodec: "vp9", backupCodec: { codec: "vp8" } },
});
let problem: string | null = null;
let ended = false;
let entered = false;

room.on(RoomEvent.TrackSubscribed, (track) => document.body.append(track.attach()));
room.on(RoomEvent.TrackUnsubscribed, (track) => track.detach().forEach((element) => element.remove()));
room.on(RoomEvent.Disconnected, () => { ended = entered; });

async function join(): Promise<void> {
  observer.pressed(false);
  await room.connect(parameters.get("url") ?? "", parameters.get("token") ?? "");
  entered = true;
  await room.localParticipant.setMicrophoneEnabled(true, RAW);
  await room.localParticipant.setCameraEnabled(true, { resolution: { width: 640, height: 360, frameRate: 30 } });
}

async function observe() {
  const look = await observer.look();
  const hand = (identity: string): boolean =>
    Boolean(room.remoteParticipants.get(identity)?.attributes["handRaisedAt"]);
  const own = room.localParticipant;
  return {
    atMs: Date.now(), inLobby: false, inCall: entered && !ended, ended, problem, members: [],
    own: { identity: own.identity, microphone: own.isMicrophoneEnabled, camera: own.isCameraEnabled, handRaised: false },
    remotes: look.remotes.map((remote) => ({ ...remote, user: null, handRaised: hand(remote.identity) })),
    outbound: look.outbound, audioBytesSent: look.audioBytesSent, timeline: {},
  };
}

Object.assign(window, { salle: { observe } });
join().catch((error: unknown) => { problem = String(error); });
