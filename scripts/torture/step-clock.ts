// Preloaded into a process (`node --import`): its wall clock is set by TORTURE_STEP_MS, TORTURE_STEP_AFTER_MS after its start.
const stepMs = Number(process.env['TORTURE_STEP_MS']);
const afterMs = Number(process.env['TORTURE_STEP_AFTER_MS']);
const wall = Date.now.bind(Date);

Date.now = () => wall() + (performance.now() >= afterMs ? stepMs : 0);
