// Peer connections Element Call makes, their remote tracks, and their figures.

export interface Received {
  track: MediaStreamTrack;
  receiver: RTCRtpReceiver;
  /** LiveKit's names: stream id `PA_…` or `PA_…|TR_…`. */
  participantSid: string;
  /** Empty when only the track itself is named. */
  trackSid: string;
}

export type Report = Record<string, any>;

export class Connections {
  public readonly open = new Set<RTCPeerConnection>();
  private readonly received = new Map<MediaStreamTrack, Received>();

  public constructor() {
    const connections = this;
    const Plain = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Plain {
      public constructor(configuration?: RTCConfiguration) {
        super(configuration);
        connections.open.add(this);
        this.addEventListener("track", (event) => connections.take(event));
        this.addEventListener("connectionstatechange", () => {
          if (this.connectionState === "closed") connections.open.delete(this);
        });
      }

      public override close(): void {
        connections.open.delete(this);
        super.close();
      }
    };
  }

  private take({ track, receiver, streams }: RTCTrackEvent): void {
    const [participantSid = "", named = ""] = streams[0]?.id.split("|") ?? [];
    const trackSid = named.startsWith("TR_") ? named : track.id.startsWith("TR_") ? track.id : "";
    // A transceiver that is used again brings the same track for somebody else.
    this.received.set(track, { track, receiver, participantSid, trackSid });
  }

  public tracks(): Received[] {
    for (const track of this.received.keys()) if (track.readyState === "ended") this.received.delete(track);
    return [...this.received.values()];
  }

  public async reports(): Promise<Map<string, Report>[]> {
    const usable = [...this.open].filter((connection) => connection.signalingState !== "closed");
    return Promise.all(usable.map(async (connection) => {
      const each = new Map<string, Report>();
      (await connection.getStats()).forEach((report: Report) => each.set(report.id, report));
      return each;
    }));
  }
}
