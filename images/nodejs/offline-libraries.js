// Makes "pg": "file:/usr/share/nodejs/pg" installable without a registry.
// npm asks the registry for what a linked package says it depends on, although Debian has put all of it beside it
// (tried: `npm install` hangs without a network). Node itself never reads these fields.
'use strict';
const fs = require('fs');
for (const name of process.argv.slice(2)) {
  const file = `/usr/share/nodejs/${name}/package.json`;
  const description = JSON.parse(fs.readFileSync(file, 'utf8'));
  for (const field of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies',
    'peerDependenciesMeta', 'scripts']) delete description[field];
  fs.writeFileSync(file, JSON.stringify(description, null, 2) + '\n');
  require(`/usr/share/nodejs/${name}`); // fails the build if something it needs is missing
}
