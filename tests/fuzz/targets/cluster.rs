//! Decodes any bytes as an entry of a cluster's log, and as the state in its snapshot. It must not
//! panic, nor allocate memory for lengths that are only announced; what is accepted is encoded to
//! the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    wshub::fuzzing::bundle(bytes);
    wshub::fuzzing::state(bytes);
});
