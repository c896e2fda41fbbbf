// What Element Call may ask of the homeserver, answered by the page's own Matrix session.

import {
  OpenIDRequestState,
  WidgetDriver,
  type Capability,
  type IOpenIDUpdate,
  type IReadEventRelationsResult,
  type IRoomEvent,
  type IRtcTransportsResult,
  type ISendDelayedEventDetails,
  type ISendEventDetails,
  type IWidgetApiErrorResponseDataDetails,
  type SimpleObservable,
} from "matrix-widget-api";
import * as sdk from "matrix-js-sdk";

import type { Saboteur } from "./saboteur";

type Contents = { [userId: string]: { [deviceId: string]: object } };
// The SDK types contents by event type; a widget may send any.
type Any = any;

export class Driver extends WidgetDriver {
  public constructor(
    private readonly client: sdk.MatrixClient,
    private readonly room: sdk.Room,
    private readonly saboteur: Saboteur,
  ) {
    super();
  }

  public override async validateCapabilities(asked: Set<Capability>): Promise<Set<Capability>> {
    return asked;
  }

  public override async sendEvent(
    type: string, content: unknown, stateKey: string | null = null, roomId: string | null = null,
  ): Promise<ISendEventDetails> {
    const room = roomId ?? this.room.roomId;
    const answer = stateKey !== null
      ? await this.client.sendStateEvent(room, type as Any, content as Any, stateKey)
      : type === "m.room.redaction"
        ? await this.client.redactEvent(room, (content as { redacts: string }).redacts)
        : await this.client.sendEvent(room, type as Any, content as Any);
    return { roomId: room, eventId: answer.event_id };
  }

  public override async sendStickyEvent(
    forMs: number, type: string, content: unknown, roomId: string | null = null,
  ): Promise<ISendEventDetails> {
    const room = roomId ?? this.room.roomId;
    const answer = await this.client._unstable_sendStickyEvent(room, forMs, null, type as Any, content as Any);
    return { roomId: room, eventId: answer.event_id };
  }

  public override async sendDelayedEvent(
    delay: number, type: string, content: unknown, stateKey: string | null = null, roomId: string | null = null,
  ): Promise<ISendDelayedEventDetails> {
    const room = roomId ?? this.room.roomId;
    const answer = stateKey !== null
      ? await this.client._unstable_sendDelayedStateEvent(room, { delay }, type as Any, content as Any, stateKey)
      : await this.client._unstable_sendDelayedEvent(room, { delay }, null, type as Any, content as Any);
    return { roomId: room, delayId: answer.delay_id };
  }

  public override async sendDelayedStickyEvent(
    delay: number, forMs: number, type: string, content: unknown, roomId: string | null = null,
  ): Promise<ISendDelayedEventDetails> {
    const room = roomId ?? this.room.roomId;
    const answer = await this.client._unstable_sendStickyDelayedEvent(
      room, forMs, { delay }, null, type as Any, content as Any,
    );
    return { roomId: room, delayId: answer.delay_id };
  }

  public override async cancelScheduledDelayedEvent(id: string): Promise<void> {
    await this.client._unstable_cancelScheduledDelayedEvent(id);
  }

  public override async restartScheduledDelayedEvent(id: string): Promise<void> {
    await this.client._unstable_restartScheduledDelayedEvent(id);
  }

  public override async sendScheduledDelayedEvent(id: string): Promise<void> {
    await this.client._unstable_sendScheduledDelayedEvent(id);
  }

  public override async sendToDevice(type: string, encrypted: boolean, contents: Contents): Promise<void> {
    const each = Object.entries(contents).flatMap(([userId, devices]) =>
      Object.entries(devices).map(([deviceId, content]) => ({ userId, deviceId, content })),
    );
    await Promise.all(each.map(async ({ userId, deviceId, content }) => {
      const payload = await this.saboteur.outgoing(type, content);
      if (payload) await this.toDevice(type, encrypted, { userId, deviceId }, payload);
    }));
  }

  private async toDevice(
    type: string, encrypted: boolean, to: { userId: string; deviceId: string }, payload: object,
  ): Promise<void> {
    const batch = encrypted
      ? await this.client.getCrypto()!.encryptToDeviceMessages(type, [to], payload as Any)
      : { eventType: type, batch: [{ ...to, payload: payload as Any }] };
    await this.client.queueToDevice(batch);
  }

  public override async readRoomTimeline(
    roomId: string, type: string, _msgtype: string | undefined, stateKey: string | undefined, limit: number,
  ): Promise<IRoomEvent[]> {
    const events = this.client.getRoom(roomId)?.getLiveTimeline().getEvents() ?? [];
    const wanted = events.filter((event) =>
      event.getType() === type && (stateKey === undefined || event.getStateKey() === stateKey));
    return this.shown(wanted.slice(limit > 0 ? -limit : 0).reverse());
  }

  public override async readRoomState(roomId: string, type: string, stateKey?: string): Promise<IRoomEvent[]> {
    const state = this.client.getRoom(roomId)?.currentState;
    if (!state) return [];
    if (stateKey === undefined) return this.shown(state.getStateEvents(type));
    const one = state.getStateEvents(type, stateKey);
    return one ? this.shown([one]) : [];
  }

  public override async readStickyEvents(roomId: string): Promise<IRoomEvent[]> {
    return this.shown([...(this.client.getRoom(roomId)?._unstable_getStickyEvents() ?? [])]);
  }

  private shown(events: sdk.MatrixEvent[]): IRoomEvent[] {
    return events.map((event) => event.getEffectiveEvent() as IRoomEvent).filter((event) => !this.saboteur.hides(event));
  }

  public override async readEventRelations(
    eventId: string, roomId?: string, relationType?: string, eventType?: string,
    from?: string, to?: string, limit?: number, direction?: "f" | "b",
  ): Promise<IReadEventRelationsResult> {
    const answer = await this.client.relations(
      roomId ?? this.room.roomId, eventId, relationType ?? null, eventType ?? null,
      { from, to, limit, dir: direction as sdk.Direction | undefined },
    );
    return {
      chunk: answer.events.map((event) => event.getEffectiveEvent() as IRoomEvent),
      nextBatch: answer.nextBatch ?? undefined,
      prevBatch: answer.prevBatch ?? undefined,
    };
  }

  public override askOpenID(observer: SimpleObservable<IOpenIDUpdate>): void {
    this.client.getOpenIdToken().then(
      (token) => observer.update({ state: OpenIDRequestState.Allowed, token }),
      () => observer.update({ state: OpenIDRequestState.Blocked }),
    );
  }

  public override async getRtcTransports(): Promise<IRtcTransportsResult> {
    return { rtc_transports: (await this.client._unstable_getRTCTransports()) as Any ?? [] };
  }

  public override getKnownRooms(): string[] {
    return this.client.getVisibleRooms().map((room) => room.roomId);
  }

  public override processError(error: unknown): IWidgetApiErrorResponseDataDetails | undefined {
    return error instanceof sdk.MatrixError ? { matrix_api_error: error.asWidgetApiErrorData() } : undefined;
  }
}

