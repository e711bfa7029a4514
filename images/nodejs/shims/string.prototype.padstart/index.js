// Asked for by kp-server's v2 file server and not named by its package.json. Every Node that we have pads by itself.
'use strict';
module.exports = (text, length, fill) => String(text).padStart(length, fill === undefined ? ' ' : String(fill));
