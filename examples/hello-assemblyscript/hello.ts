// SPDX-License-Identifier: Apache-2.0
// hello.ts - the first guest in AssemblyScript: says hello to its arguments.

console.log("Hello from AssemblyScript!");
for (let i = 1; i < process.argv.length; i++) {
  console.log("Hello, " + process.argv[i] + ".");
}
