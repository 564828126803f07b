/** Exit statuses that other programs rely on. */
export const PASSED = 0;
export const NOT_PASSED = 1;
/** Wrong usage, invalid file, refused plan, unknown run, missing part. */
export const REFUSED = 2;
/** EX_SOFTWARE of sysexits.h: a bug in drillmaster. */
export const INTERNAL_ERROR = 70;
