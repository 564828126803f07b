// Azurite loads its telemetry client even when telemetry is switched off. The real one is 240 MB.
module.exports = {};
