// `window.salle`: what a test asks of the page and orders it to do. It looks at Element
// Call from outside (its buttons) and through the observer that is served into its page.

import type { ClientWidgetApi } from "matrix-widget-api";
import type { MatrixClient, Room } from "matrix-js-sdk";

import { countsOnly } from "./parameters";
import type { Observer } from "./observer/observer";

export interface Controls {
  opened(client: MatrixClient, room: Room, api: ClientWidgetApi): void;
  joined(): void;
  left(): void;
  failed(text: string): void;
}

interface Timeline {
  pressedMs: number | null;
  inCallMs: number | null;
  connectedMs: number | null;
}

type CallWindow = Window & {
  salleObserver?: Observer;
  rtcSession?: { memberships: Member[] };
};

interface Member {
  userId?: string;
  sender?: string;
  deviceId?: string;
  rtcBackendIdentity?: string;
  /** The membership event; hands and reactions refer to it. */
  eventId?: string;
}

const HAND = "🖐️";

export function controls(frame: HTMLIFrameElement): Controls {
  const timeline: Timeline = { pressedMs: null, inCallMs: null, connectedMs: null };
  let problem: string | null = null;
  let ended = false;
  let client: MatrixClient | undefined;
  let api: ClientWidgetApi | undefined;
  let room: Room | undefined;

  const inside = (): CallWindow | null => frame.contentWindow as CallWindow | null;
  const find = (id: string): HTMLButtonElement | null =>
    frame.contentDocument?.querySelector<HTMLButtonElement>(`[data-testid=${id}]`) ?? null;

  const members = (): { user: string; device: string; identity: string | null; hand: boolean }[] =>
    (inside()?.rtcSession?.memberships ?? []).map((member) => ({
      hand: raised(member.eventId),
      user: member.userId ?? member.sender ?? "",
      device: member.deviceId ?? "",
      identity: member.rtcBackendIdentity ?? null,
    }));

  /** Raised by a reaction to the present membership event, lowered by its redaction. */
  function raised(membership: string | undefined): boolean {
    return (room?.getLiveTimeline().getEvents() ?? []).some((event) => {
      const relation = event.getContent()["m.relates_to"];
      return event.getType() === "m.reaction" && !event.isRedacted() &&
        relation?.key === HAND && membership !== undefined && relation.event_id === membership;
    });
  }

  async function observe(): Promise<object> {
    const seen = await inside()?.salleObserver?.look();
    const named = members();
    return {
      atMs: Date.now(),
      inLobby: find("lobby_joinCall") !== null,
      inCall: find("incall_leave") !== null,
      ended,
      problem: problem ?? trouble(frame),
      members: named.map(({ user, device, identity }) => ({ user, device, identity })),
      own: { identity: seen?.own ?? null, microphone: isOn("incall_mute"), camera: isOn("incall_videomute"),
        handRaised: named.some((member) => member.identity === seen?.own && member.hand) },
      remotes: (seen?.remotes ?? []).map((remote) => {
        const member = named.find((each) => each.identity === remote.identity);
        return { ...remote, user: member?.user ?? null, handRaised: member?.hand ?? false };
      }),
      outbound: seen?.outbound ?? [],
      audioBytesSent: seen?.audioBytesSent ?? 0,
      timeline: { ...timeline, firstPictureMs: seen?.firstPictureMs ?? null, firstSoundMs: seen?.firstSoundMs ?? null },
    };
  }

  /** The hang-up button is shown long before this. */
  const connected = (): boolean =>
    (inside()?.salleObserver?.connected() ?? false) &&
    members().some((member) => member.device !== "" && member.device === client?.getDeviceId());

  /** A device that is on is a switch that is checked. */
  const isOn = (id: string): boolean => {
    const button = find(id);
    return (button?.getAttribute("aria-checked") ?? button?.getAttribute("aria-pressed")) === "true";
  };

  function press(id: string): boolean {
    const button = find(id);
    if (!button || button.disabled || button.getAttribute("aria-disabled") === "true") return false;
    button.click();
    return true;
  }

  /** The start button of this page. */
  function start(): boolean {
    const button = document.getElementById("start");
    if (!button || button.hidden) return false;
    button.click();
    return true;
  }

  function join(): boolean {
    if (!press("lobby_joinCall")) return false;
    timeline.pressedMs ??= Date.now();
    inside()?.salleObserver?.pressed(countsOnly(location.hash));
    const look = setInterval(() => {
      if (find("incall_leave") !== null) timeline.inCallMs ??= Date.now();
      if (connected()) timeline.connectedMs ??= Date.now();
      if (timeline.inCallMs !== null && timeline.connectedMs !== null) clearInterval(look);
    }, 20);
    return true;
  }

  function set(id: string, on: boolean): boolean {
    return isOn(id) === on || press(id);
  }

  /** Element Call's own shortcuts: `h` for the hand, `1` for a thumb up. */
  function type(key: string): boolean {
    const there = frame.contentDocument?.body;
    if (!there || find("incall_leave") === null) return false;
    there.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    return true;
  }

  Object.assign(window, {
    salle: {
      observe, join, type, start,
      setMicrophone: (on: boolean) => set("incall_mute", on),
      setCamera: (on: boolean) => set("incall_videomute", on),
      leave: () => press("incall_leave"),
      device: () => client?.getDeviceId() ?? null,
      user: () => client?.getUserId() ?? null,
      logout: () => { api?.stop(); return client?.logout(true).then(() => true, () => false) ?? false; },
      trace: () => inside()?.salleObserver?.trace() ?? [],
    },
  });

  return {
    opened: (c, r, a) => { client = c; room = r; api = a; },
    joined: () => undefined,
    left: () => { ended = true; },
    failed: (text) => { problem = text; },
  };
}

/** Element Call's own error page, in its words. */
function trouble(frame: HTMLIFrameElement): string | null {
  const title = frame.contentDocument?.querySelector("[class*=error] h1, [class*=Error] h1");
  return title?.textContent ?? null;
}
