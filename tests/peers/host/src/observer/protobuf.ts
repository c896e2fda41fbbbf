// Just enough protobuf to read names and flags out of LiveKit's signalling.

export interface Field {
  number: number;
  value: number | Uint8Array;
}

/** Fields of a message in order; stops at the first thing it does not know. */
export function* fields(bytes: Uint8Array): Generator<Field> {
  const reader = { bytes, at: 0 };
  while (reader.at < bytes.length) {
    const tag = varint(reader);
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0: yield { number, value: varint(reader) }; break;
      case 1: reader.at += 8; break;
      case 2: {
        const length = varint(reader);
        yield { number, value: bytes.subarray(reader.at, reader.at + length) };
        reader.at += length;
        break;
      }
      case 5: reader.at += 4; break;
      default: return;
    }
  }
}

function varint(reader: { bytes: Uint8Array; at: number }): number {
  let value = 0;
  for (let place = 1; ; place *= 128) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) return value;
    value += (byte & 0x7f) * place;
    if (byte < 0x80) return value;
  }
}

export const text = (value: number | Uint8Array): string =>
  value instanceof Uint8Array ? new TextDecoder().decode(value) : "";

export const nested = (value: number | Uint8Array): Uint8Array =>
  value instanceof Uint8Array ? value : new Uint8Array();
