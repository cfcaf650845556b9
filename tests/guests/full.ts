// SPDX-License-Identifier: Apache-2.0
// full.ts - what an AssemblyScript program usually asks of WASI (no files); full.ts.expected says
// what it prints.

function say(what: string, good: bool): void {
  console.log(what + ": " + (good ? "ok" : "WRONG"));
}

function args(): void {
  let line = "args:";
  for (let i = 1; i < process.argv.length; i++) {
    line += " [" + process.argv[i] + "]";
  }
  console.log(line);
  const absent = process.env.has("GUEST_ABSENT") ? "WRONG" : "(none)";
  console.log("env: " + process.env.get("GUEST_COLOR") + " " + absent);
}

function standardInput(): void {
  const chunk = new ArrayBuffer(64);
  let text = "";
  for (;;) {
    const size = process.stdin.read(chunk);
    if (size <= 0) break;
    text += String.UTF8.decode(chunk.slice(0, <i32>size));
  }
  const lines = text.split("\n");
  for (let i = 0; i < lines.length - 1; i++) {
    console.log("stdin: " + lines[i]);
  }
}

function clocksAndRandom(): void {
  const start = process.hrtime();
  let last = start;
  let back = false;
  say("realtime", Date.now() > 1700000000000);
  while (last - start < 1000000) {
    const now = process.hrtime();
    back = back || now < last;
    last = now;
  }
  say("monotonic", !back);
  const a = new Uint8Array(16);
  const b = new Uint8Array(16);
  crypto.getRandomValues(a);
  crypto.getRandomValues(b);
  let same = true;
  for (let i = 0; i < 16; i++) same = same && a[i] == b[i];
  say("random", !same);
}

args();
standardInput();
clocksAndRandom();
process.stderr.write("this goes to stderr\n");
process.exit(7);
