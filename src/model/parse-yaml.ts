import { type Document, type ParseOptions, parseDocument } from 'yaml';

/** Parses one document of plain values: a tag that makes another value of a text is a warning. Doubled keys are not looked for: `doubledKeys` finds them in linear time. */
export function parseYaml(text: string, options: ParseOptions = {}): Document.Parsed {
  const before = Error.stackTraceLimit;
  // The parser makes an error for each wrong sign; with a stack in each of them, a small file fills the memory.
  Error.stackTraceLimit = 0;
  try {
    return parseDocument(text, { ...options, prettyErrors: false, uniqueKeys: false, resolveKnownTags: false });
  } finally {
    Error.stackTraceLimit = before;
  }
}
