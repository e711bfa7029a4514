#!/usr/bin/env node
// Runs the file that is named last in this very process, as babel-node does for what needs no translation.
require(require('path').resolve(process.argv[process.argv.length - 1]));
