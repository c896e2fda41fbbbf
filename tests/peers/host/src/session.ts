// A Matrix session that lives as long as the page: a new device each time, its keys in memory.

import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger";

import type { Parameters } from "./parameters";

const SYNC_LIMIT_MS = 60_000;

export async function login(wanted: Parameters): Promise<sdk.MatrixClient> {
  logger.disableAll();
  const who = wanted.accessToken ? await whoami(wanted) : await withPassword(wanted);
  const client = sdk.createClient({
    baseUrl: wanted.homeserver,
    ...who,
    timelineSupport: true,
    useAuthorizationHeader: true,
  });
  await client.initRustCrypto({ useIndexedDB: false });
  // Devices of tests are not cross-signed.
  client.getCrypto()!.globalBlacklistUnverifiedDevices = false;
  return client;
}

interface Who {
  userId: string;
  deviceId: string;
  accessToken: string;
}

async function withPassword(wanted: Parameters): Promise<Who> {
  if (!wanted.password) throw new Error('The link has neither "password" nor "token".');
  const answer = await sdk.createClient({ baseUrl: wanted.homeserver }).loginRequest({
    type: "m.login.password",
    identifier: { type: "m.id.user", user: wanted.user },
    password: wanted.password,
    initial_device_display_name: "Element Call in a browser",
  });
  return { userId: answer.user_id, deviceId: answer.device_id, accessToken: answer.access_token };
}

async function whoami(wanted: Parameters): Promise<Who> {
  const accessToken = wanted.accessToken!;
  const answer = await sdk.createClient({ baseUrl: wanted.homeserver, accessToken }).whoami();
  return { userId: answer.user_id, deviceId: answer.device_id!, accessToken };
}

/** Syncs, joins the room when it has not been joined, and waits until its state is there. */
export async function enter(client: sdk.MatrixClient, roomIdOrAlias: string): Promise<sdk.Room> {
  await client.startClient({ initialSyncLimit: 20, lazyLoadMembers: false });
  await synced(client);
  const roomId = roomIdOrAlias.startsWith("#")
    ? (await client.getRoomIdForAlias(roomIdOrAlias)).room_id
    : roomIdOrAlias;
  if (client.getRoom(roomId)?.getMyMembership() !== "join") await client.joinRoom(roomId);
  const room = await appears(client, roomId);
  await Promise.all([room.loadMembersIfNeeded(), fetchDevices(client, room)]);
  return room;
}

/** Without this the first key of an encrypted call would wait for a device query. */
async function fetchDevices(client: sdk.MatrixClient, room: sdk.Room): Promise<void> {
  const users = room.getJoinedMembers().map((member) => member.userId);
  await client.getCrypto()?.getUserDeviceInfo(users, true);
}

function synced(client: sdk.MatrixClient): Promise<void> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error("The homeserver does not answer a sync.")), SYNC_LIMIT_MS);
    const look = (): void => {
      if (!client.isInitialSyncComplete()) return;
      clearTimeout(timer);
      client.off(sdk.ClientEvent.Sync, look);
      done();
    };
    client.on(sdk.ClientEvent.Sync, look);
    look();
  });
}

function appears(client: sdk.MatrixClient, roomId: string): Promise<sdk.Room> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error("The room was joined but does not appear.")), SYNC_LIMIT_MS);
    const look = (): void => {
      const room = client.getRoom(roomId);
      if (room?.getMyMembership() !== "join" || !room.currentState.getStateEvents("m.room.create", "")) return;
      clearTimeout(timer);
      client.off(sdk.ClientEvent.Sync, look);
      done(room);
    };
    client.on(sdk.ClientEvent.Sync, look);
    look();
  });
}
