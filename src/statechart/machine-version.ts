/**
 * The meaning of a journal: raised whenever the same events may lead to another state or to other effects than before. A run keeps the
 * version that it began with, and a program with another one refuses to go on with it.
 */
export const MACHINE_VERSION = 1;
