// Hands one letter to the mail service as kp-server does: JSON in, JSON out, run inside its container, Node's own modules only (Node 8 too).
const net = require("net");
const socket = net.connect({ host: "mail", port: 25 });
const end = (answer) => process.stdout.write(JSON.stringify(answer), () => process.exit(0));
const date = new Date().toUTCString().replace("GMT", "+0000");
const letter = [
  `From: <${request.from}>`, `To: <${request.to}>`, `Date: ${date}`, `Message-ID: <${request.id}@${request.from.split("@").pop()}>`,
  "Subject: A test letter from Kopnik", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Auto-Submitted: auto-generated", "",
  "Somebody who looks after the site asked for this letter, to see whether its letters arrive.", "There is no need to answer.", ".",
].join("\r\n");
const steps = ["", "EHLO nodejs", `MAIL FROM:<${request.from}>`, `RCPT TO:<${request.to}>`, "DATA", letter];
let step = 0, said = "";
socket.setTimeout(15000, () => end({ accepted: false, said: "mail:25 took the connection and said nothing for 15 s" }));
socket.on("error", (error) => end({ accepted: false, said: `mail:25 cannot be reached: ${error.message}` }));
socket.on("close", () => end({ accepted: false, said: "mail:25 closed the connection" }));
socket.on("data", (data) => {
  said += data.toString("utf8");
  const lines = said.split("\r\n").slice(0, -1);
  const last = lines[lines.length - 1] || "";
  if (!/^\d{3} /.test(last)) return;
  said = "";
  if (!/^[23]/.test(last)) return end({ accepted: false, said: last.slice(0, 300) });
  step += 1;
  if (step === steps.length) return end({ accepted: true, said: last.slice(0, 300) });
  socket.write(steps[step] + "\r\n");
});
