// SPDX-License-Identifier: Apache-2.0
// hello.rs - a guest in Rust: arguments, environment, a hash map; `panic` as argument panics.
use std::collections::HashMap;

fn main() {
    let mut count: HashMap<String, u32> = HashMap::new();
    for arg in std::env::args().skip(1) {
        if arg == "panic" {
            panic!("as told");
        }
        *count.entry(arg).or_insert(0) += 1;
    }
    let mut words: Vec<_> = count.into_iter().collect();
    words.sort();
    for (word, n) in words {
        println!("{} {}", word, n);
    }
    println!("{}", std::env::var("GREETING").unwrap_or("none".to_string()));
    std::process::exit(5);
}
