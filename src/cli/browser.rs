//! `wshub serve --open`: the page in the user's own browser, once the port answers.

use std::io;
use std::process::Stdio;
use std::thread;

use super::environment;

/// Asks the system to show `url`, without waiting for it. If that fails, the log says so, and the
/// server continues: the URL is on the screen.
pub(super) fn open(url: String) {
    let opener = thread::Builder::new().name("browser".into());
    let asked = opener.spawn(move || {
        if let Err(error) = ask(&url) {
            log::warn!("no browser could be opened: {error}; open {url} yourself");
        }
    });
    if let Err(error) = asked {
        log::warn!("no browser could be opened: {error}");
    }
}

fn ask(url: &str) -> io::Result<()> {
    let (program, arguments) = opener();
    let ended = environment::command(program)
        .args(arguments)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if ended.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{program} failed, {ended}")))
}

/// The system's own way to open a URL. On Windows `start` takes a first text in quotes for a
/// window's title, hence the empty one.
const fn opener() -> (&'static str, &'static [&'static str]) {
    if cfg!(windows) {
        ("cmd", &["/d", "/c", "start", ""])
    } else if cfg!(target_os = "macos") {
        ("open", &[])
    } else {
        ("xdg-open", &[])
    }
}
