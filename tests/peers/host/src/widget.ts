// Element Call in its frame: the address that starts it, and answers to what it announces.

import { ClientWidgetApi, MatrixWidgetType, Widget } from "matrix-widget-api";
import * as sdk from "matrix-js-sdk";

import { Driver } from "./driver";
import { feed } from "./feed";
import type { Parameters } from "./parameters";
import { Saboteur } from "./saboteur";

const WIDGET_ID = "salle-call";

export interface Announcements {
  joined(): void;
  left(): void;
}

export function openCall(
  client: sdk.MatrixClient, room: sdk.Room, wanted: Parameters, frame: HTMLIFrameElement, announce: Announcements,
): ClientWidgetApi {
  const url = address(client, room, wanted);
  const widget = new Widget({
    id: WIDGET_ID,
    creatorUserId: client.getSafeUserId(),
    type: MatrixWidgetType.Custom,
    url,
    waitForIframeLoad: false,
  });
  const saboteur = new Saboteur(wanted.sabotage, wanted.keyDelayMs);
  // The API listens before the frame loads: Element Call speaks first.
  const api = new ClientWidgetApi(widget, frame, new Driver(client, room, saboteur));
  api.setViewedRoomId(room.roomId);
  answer(api, announce);
  feed(client, room.roomId, api, saboteur);
  frame.src = url;
  return api;
}

function address(client: sdk.MatrixClient, room: sdk.Room, wanted: Parameters): string {
  const given = new URLSearchParams({
    widgetId: WIDGET_ID,
    parentUrl: location.href.split("#")[0]!,
    roomId: room.roomId,
    userId: client.getSafeUserId(),
    deviceId: client.getDeviceId()!,
    baseUrl: client.baseUrl,
    intent: "join_existing",
    skipLobby: String(wanted.skipLobby),
    perParticipantE2EE: "true",
    header: "none",
    confineToRoom: "true",
    lang: navigator.language,
  });
  if (wanted.rawAudio) {
    given.set("noiseSuppression", "false");
    given.set("echoCancellation", "false");
  }
  if (wanted.rings) given.set("sendNotificationType", "ring");
  return `${new URL("call/index.html", location.href).href}#?${given}`;
}

/** Element Call waits for ever for actions nobody answers. */
function answer(api: ClientWidgetApi, announce: Announcements): void {
  const on = (action: string, then?: () => void): void => {
    api.on(`action:${action}`, (event: CustomEvent) => {
      event.preventDefault();
      api.transport.reply(event.detail, {});
      then?.();
    });
  };
  on("io.element.join", () => announce.joined());
  on("im.vector.hangup", () => announce.left());
  on("io.element.close", () => announce.left());
  on("io.element.device_mute");
  on("set_always_on_screen");
}
