// Loaded before kp-server (NODE_OPTIONS): it prints its whole settings when it starts, `console.log("config", config)`, and they hold every
// password of the site. Docker keeps what is printed.
'use strict';
const print = console.log;
console.log = (...words) => (words[0] === 'config' && words[1] && typeof words[1] === 'object' ? undefined : print(...words));
