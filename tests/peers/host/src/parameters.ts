// What the link says. Everything is in the fragment, which no browser sends to a server.

export type Sabotage = "none" | "wrong-key" | "no-key" | "unencrypted";

export interface Parameters {
  homeserver: string;
  user: string;
  /** One of the two. */
  password?: string;
  accessToken?: string;
  /** Room id or alias. */
  room: string;
  /** Display name to take. */
  displayName?: string;
  /** Open Element Call at once, without the start button. */
  auto: boolean;
  /** Element Call joins without showing its lobby (muted, as it decides itself). */
  skipLobby: boolean;
  sabotage: Sabotage;
  keyDelayMs: number;
  /** Leave the voice as the microphone gives it: made-up tones would be taken for noise. */
  rawAudio: boolean;
  /** Who starts a call rings for everybody in the room. */
  rings: boolean;
}

const SABOTAGES: Sabotage[] = ["none", "wrong-key", "no-key", "unencrypted"];

export function parameters(hash: string): Parameters {
  const given = new URLSearchParams(hash.replace(/^#\??/, ""));
  const needed = (name: string): string => {
    const value = given.get(name);
    if (!value) throw new Error(`The link lacks "${name}". Ask for a new link.`);
    return value;
  };
  const optional = (name: string): string | undefined => given.get(name) ?? undefined;
  return {
    homeserver: needed("homeserver"),
    user: needed("user"),
    password: optional("password"),
    accessToken: optional("token"),
    room: needed("room"),
    displayName: optional("name"),
    auto: given.get("auto") === "true",
    skipLobby: given.get("skipLobby") === "true",
    sabotage: SABOTAGES.find((s) => s === given.get("sabotage")) ?? "none",
    keyDelayMs: Number(given.get("keyDelayMs") ?? 0) || 0,
    rawAudio: given.get("rawAudio") === "true",
    rings: given.get("rings") === "true",
  };
}

/** Heading of the page; there even when the rest of the link is not. */
export const title = (hash: string): string | null => new URLSearchParams(hash.replace(/^#\??/, "")).get("title");

/** Looking at the call costs next to nothing, and tells counters and times only. */
export const countsOnly = (hash: string): boolean =>
  new URLSearchParams(hash.replace(/^#\??/, "")).get("countsOnly") === "true";
