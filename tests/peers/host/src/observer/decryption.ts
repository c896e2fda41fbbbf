// What passes between Element Call and its frame encryption worker: which keys it was given
// for whom, and what it could not decrypt. Never the keys themselves.

export interface Errors {
  missingKey: number;
  invalidKey: number;
  other: number;
  lastMs: number | null;
}

interface Known {
  errors: Errors;
  keyIndex: number | null;
  decoding: boolean;
}

export class Decryption {
  private readonly known = new Map<string, Known>();

  public constructor() {
    const decryption = this;
    const Plain = window.Worker;
    window.Worker = class extends Plain {
      public constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        this.addEventListener("message", ({ data }) => decryption.heard(data));
      }

      public override postMessage(message: unknown, rest?: any): void {
        decryption.said(message);
        super.postMessage(message, rest);
      }
    };
    const Transform = window.RTCRtpScriptTransform;
    if (Transform) {
      window.RTCRtpScriptTransform = class extends Transform {
        public constructor(worker: Worker, options?: any, transfer?: any) {
          super(worker, options, transfer);
          if (options?.kind === "decode") decryption.of(options.participantIdentity).decoding = true;
        }
      };
    }
  }

  public of(identity: string): Known {
    const there = this.known.get(identity);
    if (there) return there;
    const fresh: Known = {
      errors: { missingKey: 0, invalidKey: 0, other: 0, lastMs: null }, keyIndex: null, decoding: false,
    };
    this.known.set(identity, fresh);
    return fresh;
  }

  private said(message: any): void {
    const identity = message?.data?.participantIdentity;
    if (!identity) return;
    if (message.kind === "setKey") this.of(identity).keyIndex = message.data.keyIndex;
    if (message.kind === "decode" || message.kind === "updateCodec") this.of(identity).decoding = true;
  }

  /** The worker sends errors as `Reason: text`. */
  private heard(message: any): void {
    const identity = message?.data?.participantIdentity;
    if (message?.kind !== "error" || !identity) return;
    const errors = this.of(identity).errors;
    const reason = String(message.data.error?.message ?? "");
    if (reason.startsWith("MissingKey")) errors.missingKey++;
    else if (reason.startsWith("InvalidKey")) errors.invalidKey++;
    else errors.other++;
    errors.lastMs = Date.now();
  }
}
