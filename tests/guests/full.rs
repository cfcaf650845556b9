// SPDX-License-Identifier: Apache-2.0
//! full.rs - what a Rust program usually asks of WASI; full.expected says what it prints.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant, SystemTime};

const TEXT: &str = "first line\nsecond line\n";

fn say(what: &str, good: bool) {
    println!("{what}: {}", if good { "ok" } else { "WRONG" });
}

fn arguments() {
    print!("args:");
    for arg in std::env::args().skip(1) {
        print!(" [{arg}]");
    }
    let color = std::env::var("GUEST_COLOR").unwrap_or_else(|_| "WRONG".into());
    let absent = std::env::var("GUEST_ABSENT").is_err();
    println!("\nenv: {color} {}", if absent { "(none)" } else { "WRONG" });
}

fn standard_input() {
    for line in io::stdin().lock().lines() {
        println!("stdin: {}", line.unwrap());
    }
}

/// A number out of the random keys of a new hash map.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn clocks_and_random() {
    let start = Instant::now();
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    say("realtime", since.as_secs() > 1_700_000_000);
    std::thread::sleep(Duration::from_millis(30));
    let slept = start.elapsed().as_millis();
    say("sleep", (29..5000).contains(&slept));
    say("random", random() != random());
}

fn write_and_read() -> io::Result<()> {
    let mut file = File::create("/box/note.txt")?;
    say("write", file.write_all(TEXT.as_bytes()).is_ok());
    drop(file);
    let mut file = File::open("/box/note.txt")?;
    let mut back = String::new();
    file.read_to_string(&mut back)?;
    say("read", back == TEXT);
    let mut letter = [0];
    file.seek(SeekFrom::Start(6))?;
    file.read_exact(&mut letter)?;
    say("seek", letter[0] == b'l' && file.seek(SeekFrom::Current(0))? == 7);
    OpenOptions::new().append(true).open("/box/note.txt")?.write_all(b"third")?;
    let info = fs::metadata("/box/note.txt")?;
    let age = SystemTime::now().duration_since(info.modified()?).unwrap_or_default();
    say(
        "stat",
        info.is_file() && info.len() == TEXT.len() as u64 + 5 && age.as_secs() < 3600,
    );
    Ok(())
}

fn kind<T>(result: io::Result<T>) -> Option<ErrorKind> {
    result.err().map(|e| e.kind())
}

fn directories() -> io::Result<()> {
    say("mkdir", fs::create_dir("/box/sub").is_ok());
    say(
        "mkdir again",
        kind(fs::create_dir("/box/sub")) == Some(ErrorKind::AlreadyExists),
    );
    say("rename", fs::rename("/box/note.txt", "/box/sub/moved.txt").is_ok());
    File::create("/box/sub/other.txt")?;
    let mut names: Vec<String> = fs::read_dir("/box/sub")?
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    println!("readdir: {}", names.join(" "));
    say("rmdir not empty", fs::remove_dir("/box/sub").is_err());
    say(
        "unlink",
        fs::remove_file("/box/sub/moved.txt").is_ok() && fs::remove_file("/box/sub/other.txt").is_ok(),
    );
    say("rmdir", fs::remove_dir("/box/sub").is_ok());
    say("missing", kind(File::open("/box/missing")) == Some(ErrorKind::NotFound));
    say(
        "outside",
        File::open("/box/../etc/passwd").is_err() && File::open("/etc/passwd").is_err(),
    );
    Ok(())
}

fn main() {
    arguments();
    standard_input();
    clocks_and_random();
    write_and_read().unwrap();
    directories().unwrap();
    eprintln!("this goes to stderr");
    std::process::exit(7);
}
