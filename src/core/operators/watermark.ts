// Watermarks are times in ms; this is the last of them.

/** The watermark behind which nothing comes: end of input. */
export const MAX_WATERMARK: number = Number.MAX_SAFE_INTEGER;
