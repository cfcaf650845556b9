// SPDX-License-Identifier: Apache-2.0
//! The first guest in Rust: says hello to its arguments, counted in a map.

use std::collections::BTreeMap;

fn main() {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();

    println!("Hello from Rust!");
    for name in std::env::args().skip(1) {
        *seen.entry(name).or_insert(0) += 1;
    }
    for (name, times) in &seen {
        println!("Hello, {name} ({times} x).");
    }
}
