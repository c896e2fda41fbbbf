// Colours of decoded pictures, taken from the video element Element Call shows.

const COLUMNS = 8;
const ROWS = 4;
/** Pixels averaged per cell and side: from the middle of the cell, away from its edges. */
const CELL = 8;

const canvas = document.createElement("canvas");
canvas.width = COLUMNS * CELL;
canvas.height = ROWS * CELL;

/** The visible video element that plays this track, if any. */
export function shownIn(track: MediaStreamTrack): HTMLVideoElement | undefined {
  return [...document.querySelectorAll("video")].find((video) =>
    video.srcObject instanceof MediaStream &&
    video.srcObject.getVideoTracks().some((each) => each.id === track.id));
}

export function colours(video: HTMLVideoElement): [number, number, number][] {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !video.videoWidth) return [];
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return [];
  pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  const cells: [number, number, number][] = [];
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) cells.push(mean(pixels, column, row));
  }
  return cells;
}

function mean(pixels: Uint8ClampedArray, column: number, row: number): [number, number, number] {
  const sum = [0, 0, 0];
  const from = CELL / 4;
  const to = CELL - from;
  for (let y = row * CELL + from; y < row * CELL + to; y++) {
    for (let x = column * CELL + from; x < column * CELL + to; x++) {
      for (let c = 0; c < 3; c++) sum[c]! += pixels[(y * canvas.width + x) * 4 + c]!;
    }
  }
  const count = (to - from) ** 2;
  return [Math.round(sum[0]! / count), Math.round(sum[1]! / count), Math.round(sum[2]! / count)];
}
