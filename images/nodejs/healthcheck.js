#!/usr/local/bin/node
// Healthy = the application answers on $PROBE_PORT with anything below 500 (a 404 is an answer too), or, where $PROBE_REGISTRATION
// names a procedure, wamp-watch has seen it registered within the last 15 seconds.
'use strict';
if (process.env.PROBE_REGISTRATION) {
  let age = Infinity;
  try { age = (Date.now() - require('fs').statSync('/tmp/registered').mtime) / 1000; } catch (error) { /* not yet */ }
  if (age < 15) process.exit(0);
  console.log(`${process.env.PROBE_REGISTRATION} is not registered at Crossbar`);
  process.exit(1);
}
const port = Number(process.env.PROBE_PORT || 80);
const request = require('http').get({ host: '127.0.0.1', port, path: '/', timeout: 4000 }, (response) => {
  if (response.statusCode < 500) process.exit(0);
  console.log(`port ${port} answered ${response.statusCode}`);
  process.exit(1);
});
request.on('timeout', () => request.destroy(new Error('no answer in 4 s')));
request.on('error', (error) => { console.log(`port ${port}: ${error.message}`); process.exit(1); });
