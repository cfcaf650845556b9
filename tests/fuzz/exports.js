// SPDX-License-Identifier: Apache-2.0
// exports.js - what exports.c does, on node's engine: node exports.js FILE...
'use strict';
const fs = require('fs');
const v8 = require('v8');

// On by default only in newer ones than Debian 12's (18).
v8.setFlagsFromString('--experimental-wasm-return-call');
v8.setFlagsFromString('--experimental-wasm-extended-const');

const view = new DataView(new ArrayBuffer(8));

function hex(type, number) {
  if (Number.isNaN(number)) {
    return 'nan';
  }
  if (type === 'f32') {
    view.setFloat32(0, number);
    return view.getUint32(0).toString(16).padStart(8, '0');
  }
  view.setFloat64(0, number);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

function show(type, value) {
  switch (type) {
    case 'i32': return 'i32:' + (value >>> 0);
    case 'i64': return 'i64:' + BigInt.asUintN(64, value);
    case 'f32':
    case 'f64': return type + ':' + hex(type, value);
    default: return 'ref:' + (value === null ? 'null' : 'some');
  }
}

const TRAPS = [
  [/^unreachable$/, 'unreachable'],
  [/^memory access out of bounds|data segment|offset is out of bounds/, 'memory'],
  [/(divide|remainder) by zero/, 'zero'],
  [/divide result unrepresentable/, 'overflow'],
  [/float unrepresentable/, 'conversion'],
  [/table|signature|null function|element segment/, 'table'],
  [/unaligned/, 'unaligned'],
  [/call stack/, 'stack'],
];

function trap(e) {
  if (e instanceof WebAssembly.Exception) {
    return 'exception';
  }
  if (e instanceof TypeError) {
    return 'unlinked'; // a vector would have gone to JavaScript
  }
  for (const [pattern, word] of TRAPS) {
    if (pattern.test(e.message)) {
      return word;
    }
  }
  return e.message;
}

// Types of functions, read from the binary: JavaScript does not tell them.
class Reader {
  constructor(bytes) { this.b = bytes; this.at = 8; }
  u8() { return this.b[this.at++]; }
  u32() {
    let v = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      v += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) { return v; }
    }
  }
  name() {
    const n = this.u32();
    this.at += n;
    return Buffer.from(this.b.subarray(this.at - n, this.at)).toString();
  }
  limits() {
    const flags = this.u8();
    this.u32();
    if (flags & 1) { this.u32(); }
  }
}

const NAMES = {0x7f: 'i32', 0x7e: 'i64', 0x7d: 'f32', 0x7c: 'f64', 0x7b: 'v128'};

function exportedFunctions(bytes) {
  const r = new Reader(bytes);
  const types = [];
  const funcs = [];
  const found = [];
  while (r.at < bytes.length) {
    const id = r.u8();
    const end = r.u32() + r.at;
    const count = [1, 2, 3, 7].includes(id) ? r.u32() : 0;
    for (let i = 0; i < count; i++) {
      if (id === 1) {
        r.u8();
        const lists = [0, 1].map(() => Array.from({length: r.u32()}, () => NAMES[r.u8()] || 'ref'));
        types.push(lists);
      } else if (id === 2) {
        r.name();
        r.name();
        switch (r.u8()) {
          case 0: funcs.push(r.u32()); break;
          case 1: r.u8(); r.limits(); break;
          case 2: r.limits(); break;
          case 3: r.u8(); r.u8(); break;
          default: r.u8(); r.u32(); break;
        }
      } else if (id === 3) {
        funcs.push(r.u32());
      } else {
        const name = r.name();
        const kind = r.u8();
        const index = r.u32();
        if (kind === 0) { found.push([name, types[funcs[index]]]); }
      }
    }
    r.at = end;
  }
  return found;
}

function runExports(bytes, instance, out) {
  for (const [name, [params, results]] of exportedFunctions(bytes)) {
    if (params.length !== 0 || results.includes('v128')) {
      continue;
    }
    try {
      let values = instance.exports[name]();
      values = results.length === 0 ? [] : results.length === 1 ? [values] : values;
      out.push([name + ' =', ...values.map((v, i) => show(results[i], v))].join(' '));
    } catch (e) {
      out.push(name + ' ! ' + trap(e));
    }
  }
}

for (const path of process.argv.slice(2)) {
  const out = ['module ' + path];
  const bytes = fs.readFileSync(path);
  const imports = {'fuzzing-support': {}};
  for (const type of ['i32', 'i64', 'f32', 'f64', 'v128']) {
    imports['fuzzing-support']['log-' + type] = (v) => out.push('log ' + show(type, v));
  }
  let module = null;
  try {
    module = new WebAssembly.Module(bytes);
  } catch (e) {
    out.push('refused: ' + e.message);
  }
  if (module !== null) {
    let instance = null;
    try {
      instance = new WebAssembly.Instance(module, imports);
    } catch (e) {
      out.push('not instantiated: ' + e.message);
    }
    if (instance !== null) {
      runExports(bytes, instance, out);
    }
  }
  process.stdout.write(out.join('\n') + '\n');
}
