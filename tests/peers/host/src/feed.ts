// What the homeserver tells, passed on to Element Call.

import type { ClientWidgetApi, IRoomEvent } from "matrix-widget-api";
import * as sdk from "matrix-js-sdk";

import type { Saboteur } from "./saboteur";

export function feed(client: sdk.MatrixClient, roomId: string, api: ClientWidgetApi, saboteur: Saboteur): void {
  const timeline = (event: sdk.MatrixEvent): void => {
    if (event.getRoomId() !== roomId || event.isDecryptionFailure() || event.isBeingDecrypted()) return;
    if (event.getType() === "m.room.encrypted") return;
    pass(event, (raw) => api.feedEvent(raw));
  };
  const pass = (event: sdk.MatrixEvent, to: (raw: IRoomEvent) => Promise<void>): void => {
    const raw = event.getEffectiveEvent() as IRoomEvent;
    if (!saboteur.hides(raw)) to(raw).catch(() => undefined);
  };
  client.on(sdk.ClientEvent.Event, (event) => {
    client.decryptEventIfNeeded(event).then(() => timeline(event), () => undefined);
  });
  // Keys of an encrypted event may come after it.
  client.on(sdk.MatrixEventEvent.Decrypted, timeline);
  client.on(sdk.RoomStateEvent.Events, (event) => {
    if (event.getRoomId() === roomId) pass(event, (raw) => api.feedStateUpdate(raw));
  });
  client.on(sdk.ClientEvent.ReceivedToDeviceMessage, ({ message, encryptionInfo }) => {
    api.feedToDevice(message as never, encryptionInfo !== null).catch(() => undefined);
  });
}
