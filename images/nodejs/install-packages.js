#!/usr/local/bin/node
// install-packages.js NAME LEAST VERSION …: `npm install`, with NAME at VERSION wherever an older one than LEAST was installed.
//
// A native module of 2016 is compiled with the nan that it asks for, which a newer Node may be too new for. So the packages come
// without their scripts, the newer one is put in the place of the old, and then the scripts are run. All of it is in node_modules:
// package.json and package-lock.json stay as their author left them. A second `npm install` puts the old one back, and this goes over it again.
'use strict';
const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

function run(program, words, options) {
  const { status, signal, error } = spawnSync(program, words, Object.assign({ stdio: 'inherit' }, options));
  if (error) throw error;
  if (status !== 0) process.exit(status || (signal ? 143 : 1));
}

function isOlder(version, least) {
  const [own, wanted] = [version, least].map((text) => text.split(/[.-]/).slice(0, 3).map(Number));
  const index = own.findIndex((number, at) => number !== wanted[at]);
  return index >= 0 && own[index] < wanted[index];
}

/** Every folder of a package of that name below `folder`; a link leads to somebody's own sources and is not followed. */
function places(name, folder) {
  const packages = path.join(folder, 'node_modules');
  let names = [];
  try { names = fs.readdirSync(packages); } catch (error) { return []; }
  return names.filter((entry) => !entry.startsWith('.')).reduce((found, entry) => {
    const own = path.join(packages, entry);
    if (!fs.lstatSync(own).isDirectory()) return found;
    if (entry.startsWith('@')) {
      const scoped = fs.readdirSync(own).map((inner) => path.join(own, inner)).filter((inner) => fs.lstatSync(inner).isDirectory());
      return found.concat(...scoped.map((inner) => places(name, inner)));
    }
    return found.concat(entry === name ? [own] : [], places(name, own));
  }, []);
}

function replace(name, least, version) {
  const versionOf = (folder) => JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
  const old = places(name, '.').filter((folder) => isOlder(versionOf(folder), least));
  if (!old.length) return console.log(`install-packages: no ${name} older than ${least}`);
  // npm writes the archive into the folder that it is called in, and reads the settings of the nearest folder with a package.json.
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'packages-'));
  fs.writeFileSync(path.join(work, 'package.json'), '{}');
  if (fs.existsSync('.npmrc')) fs.copyFileSync('.npmrc', path.join(work, '.npmrc'));
  run('npm', ['pack', `${name}@${version}`], { cwd: work, stdio: ['ignore', 'ignore', 'inherit'] });
  const archive = path.join(work, fs.readdirSync(work).find((file) => file.endsWith('.tgz')));
  for (const folder of old) {
    console.log(`install-packages: ${folder}: ${versionOf(folder)} → ${version}`);
    // Beside it and then in its place: npm takes a half-written package for a whole one.
    const fresh = path.join(path.dirname(folder), `.new-${name}`);
    run('rm', ['-rf', fresh]);
    fs.mkdirSync(fresh);
    run('tar', ['-xzf', archive, '-C', fresh, '--strip-components=1', '--no-same-owner']);
    run('rm', ['-rf', folder]);
    fs.renameSync(fresh, folder);
  }
  return run('rm', ['-rf', work]);
}

const words = process.argv.slice(2);
run('npm', ['install', '--ignore-scripts']);
for (let at = 0; at + 2 < words.length; at += 3) replace(words[at], words[at + 1], words[at + 2]);
run('npm', ['rebuild']);
