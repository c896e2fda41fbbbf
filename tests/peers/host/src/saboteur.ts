// Alters or hides what passes between Element Call and the homeserver. Element Call itself
// stays honest: what it does wrong afterwards is what a broken or hostile client would do.

import type { IRoomEvent } from "matrix-widget-api";

import type { Sabotage } from "./parameters";

const KEYS = "io.element.call.encryption_keys";

export class Saboteur {
  public constructor(
    private readonly sabotage: Sabotage,
    private readonly keyDelayMs: number,
  ) {}

  /** The content to send instead; undefined: send nothing and say it was sent. */
  public async outgoing(type: string, content: object): Promise<object | undefined> {
    if (type !== KEYS) return content;
    if (this.keyDelayMs > 0) await new Promise((go) => setTimeout(go, this.keyDelayMs));
    if (this.sabotage === "no-key") return undefined;
    return this.sabotage === "wrong-key" ? withWrongKey(content) : content;
  }

  public hides(event: Pick<IRoomEvent, "type">): boolean {
    return this.sabotage === "unencrypted" && event.type === "m.room.encryption";
  }
}

function withWrongKey(content: object): object {
  const sent = content as { keys?: { index: number; key: string } };
  if (!sent.keys) return content;
  const bytes = Uint8Array.from(atob(sent.keys.key), (c) => c.charCodeAt(0) ^ 0x01);
  return { ...content, keys: { ...sent.keys, key: btoa(String.fromCharCode(...bytes)) } };
}
