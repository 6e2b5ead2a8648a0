/** Frames that are read at a time, and that make a clip for FVD. */
export const CLIP = 16;

/** Frames of the shortest video that is a clip for FVD. */
export const SHORTEST_CLIP = 10;

/** How many clips for FVD a video has: its groups of 16 frames, or itself if it has 10 to 15. */
export function fvdClips(frames: number): number {
  return frames >= SHORTEST_CLIP && frames < CLIP ? 1 : Math.floor(frames / CLIP);
}
