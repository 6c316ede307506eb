//! Any bytes as an entry of a cluster's log, and as the state in its snapshot: no panic, no memory
//! for what is only announced; what is taken is written as it was read.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    wshub::fuzzing::bundle(bytes);
    wshub::fuzzing::state(bytes);
});
