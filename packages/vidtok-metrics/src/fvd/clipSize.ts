/** Pixels of the sides of I3D's frames. */
export const SIDE = 224;

/** Classes of Kinetics-400: how many numbers I3D finds for a clip. */
export const FEATURES = 400;
