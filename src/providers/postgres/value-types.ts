import type { CustomTypesConfig } from 'pg';

/** `bigint` and `numeric`: what `count` and `sum` give. */
const INT8_OID = 20;
const NUMERIC_OID = 1700;

/** Values as conditions read them: whole and decimal numbers as numbers where that loses nothing, all else as PostgreSQL's text or JSON. */
export const valueTypes: CustomTypesConfig = {
  getTypeParser: (oid: number) => (text: string | Buffer) => parseValue(oid, String(text)),
};

const BOOL_OID = 16;
const SMALL_NUMBER_OIDS = new Set([21, 23, 26, 700, 701]);
const JSON_OIDS = new Set([114, 3802]);

function parseValue(oid: number, text: string): unknown {
  if (oid === BOOL_OID) return text === 't';
  if (SMALL_NUMBER_OIDS.has(oid)) return finite(text);
  if (oid === INT8_OID) return Number.isSafeInteger(Number(text)) ? Number(text) : text;
  if (oid === NUMERIC_OID) return isExact(text) ? Number(text) : text;
  return JSON_OIDS.has(oid) ? JSON.parse(text) : text;
}

const finite = (text: string) => (Number.isFinite(Number(text)) ? Number(text) : text);

/** A double keeps 15 significant digits of any decimal (IEEE 754). */
const DIGITS_EXACT = 15;
const isExact = (text: string) =>
  Number.isFinite(Number(text)) && text.replace(/\D/g, '').replace(/^0+/, '').length <= DIGITS_EXACT;
