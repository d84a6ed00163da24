/** Major version, as in the tag of the official image. The embedded server and Compose have the same. */
export const POSTGRES_VERSION = '18';
