// Preloaded into a process (`node --import`): its wall clock is set by TORTURE_STEP_MS as soon as the file TORTURE_STEP_FILE is there.
import { existsSync } from 'node:fs';

const LOOKED_EVERY_MS = 50;

const file = process.env['TORTURE_STEP_FILE'] ?? '';
const stepMs = Number(process.env['TORTURE_STEP_MS']);
const wall = Date.now.bind(Date);
let movedMs = 0;

Date.now = () => wall() + movedMs;
setInterval(() => {
  if (existsSync(file)) movedMs = stepMs;
}, LOOKED_EVERY_MS).unref();
