//! The flags about compressed messages (RFC 7692), the same for the server and every client.
//! Each sets both: a command line has one command.

use super::arguments::DeflateArgs;
use super::exit::Failure;
use super::numbers::{read_bytes, read_level, saturated, size_text};
use super::spec::{FlagGroup, FlagSpec};
use super::values::set;
use wshub::handshake::DeflateAgreed;
use wshub::protocol::Inflate;

/// `--deflate`.
pub const DEFLATE: FlagSpec = FlagSpec::switch("--deflate", "compress if the peer agrees", |a| {
    (a.serve.deflate.on, a.connecting.deflate.on) = (true, true);
});

/// `--deflate-min`.
pub const DEFLATE_MIN: FlagSpec = FlagSpec::value(
    "--deflate-min SIZE",
    "send shorter messages as they are",
    |a, v| {
        let bytes = read_bytes(v).map(saturated);
        set(&mut a.serve.deflate.min_bytes, bytes.clone())?;
        set(&mut a.connecting.deflate.min_bytes, bytes)
    },
)
.default(|a| size_text(a.serve.deflate.min_bytes as u64));

/// `--deflate-level`.
pub const DEFLATE_LEVEL: FlagSpec =
    FlagSpec::value("--deflate-level N", "1 is fast, 9 is small", |a, v| {
        let level = read_level(v);
        set(&mut a.serve.deflate.level, level.clone())?;
        set(&mut a.connecting.deflate.level, level)
    })
    .default(|a| a.serve.deflate.level.to_string());

/// The server's flags about compression; a client's stand among those about its connection.
pub static COMPRESSION: FlagGroup = FlagGroup {
    topic: "compression",
    heading: "Compression",
    summary: "compressed messages: permessage-deflate",
    title: "How wshub compresses messages: permessage-deflate (RFC 7692)",
    flags: &[DEFLATE, DEFLATE_MIN, DEFLATE_LEVEL],
    notes: &[
        "Both ends have to be started with --deflate, or be a browser. A message that does not \
         become shorter is sent as it is. A build of wshub has compression if it was made with: \
         cargo build --release --features deflate",
    ],
    examples: &[
        "wshub serve --deflate  # a browser's page then compresses both ways",
        "wshub connect --deflate localhost:8765/echo  # see what comes back",
    ],
};

/// Refuses `--deflate` in a build that cannot compress.
pub fn check(args: &DeflateArgs) -> Result<(), Failure> {
    match args.on && cfg!(not(feature = "deflate")) {
        true => Err(Failure::new(
            super::exit::Exit::Usage,
            "--deflate: this wshub was built without compression; build one that has it:\n\
             cargo build --release --features deflate",
        )),
        false => Ok(()),
    }
}

/// What inflates messages where this was agreed on; a build without compression agrees on nothing.
#[cfg_attr(not(feature = "deflate"), allow(unused_variables))]
pub fn inflater(agreed: DeflateAgreed) -> Option<Box<dyn Inflate>> {
    #[cfg(feature = "deflate")]
    {
        let options = wshub::connection::DeflateOptions::default();
        Some(wshub::connection::Deflate::new(agreed, options).inflater())
    }
    #[cfg(not(feature = "deflate"))]
    None
}

/// The options that the flags ask for.
#[cfg(feature = "deflate")]
pub fn options(args: &DeflateArgs) -> Option<wshub::connection::DeflateOptions> {
    let mut options = wshub::connection::DeflateOptions::default();
    (options.min_bytes, options.level) = (args.min_bytes, args.level);
    args.on.then_some(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_compression_says_how_to_get_one() {
        let mut args = DeflateArgs::default();
        assert!(check(&args).is_ok());
        args.on = true;
        let refused = check(&args).err().map(|failure| failure.to_string());
        match cfg!(feature = "deflate") {
            true => assert_eq!(refused, None),
            false => assert!(refused.unwrap().ends_with("--features deflate")),
        }
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn the_defaults_are_the_librarys() {
        let args = DeflateArgs {
            on: true,
            ..DeflateArgs::default()
        };
        let library = wshub::connection::DeflateOptions::default();
        assert_eq!(options(&args), Some(library));
    }
}
