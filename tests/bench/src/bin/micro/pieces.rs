//! Benchmarks of the steps in handling a message, each by itself.

use std::hint::black_box;
use std::io::Cursor;

use tungstenite::protocol::frame::FrameHeader as TheirHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use wshub::protocol::{FrameHeader, MaskingKey, Opcode, Role, decode_header, encode_header};

use super::timing::{SIZES, head, nanos, row};

const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// Unmasking, compared with copying as many bytes, which is the limit of memory. (tungstenite's
/// unmasking is not public.)
pub fn unmask() {
    head("unmask in place", "memcpy ns");
    for (bytes, size) in SIZES {
        let mut payload = vec![0xA5; bytes];
        let copy_of = payload.clone();
        let mine = nanos(|| MaskingKey(KEY).apply(0, black_box(&mut payload)));
        let copying = nanos(|| black_box(&mut payload).copy_from_slice(black_box(&copy_of)));
        row(size, bytes, mine, copying);
    }
    println!();
}

/// Frame headers without a payload, so the speed is that of the header's own bytes.
pub fn headers() {
    head("frame headers (GB/s: of themselves)", "tungstenite");
    for (bytes, size) in SIZES {
        let header = FrameHeader {
            fin: true,
            rsv1: false,
            opcode: Opcode::Binary,
            masking_key: Some(MaskingKey(KEY)),
            payload_bytes: bytes as u64,
        };
        let encoded = encode_header(&header).to_vec();
        let mine = nanos(|| decode_header(black_box(&encoded), Role::Server));
        let theirs = nanos(|| {
            drop(black_box(TheirHeader::parse(&mut Cursor::new(black_box(
                &encoded,
            )))))
        });
        row(&format!("decode, for {size}"), encoded.len(), mine, theirs);

        let their_header = TheirHeader {
            opcode: OpCode::Data(Data::Binary),
            mask: Some(KEY),
            ..TheirHeader::default()
        };
        let mut out = Vec::with_capacity(64);
        let mine = nanos(|| {
            out.clear();
            out.extend_from_slice(&encode_header(black_box(&header)));
            black_box(&out);
        });
        let theirs = nanos(|| {
            out.clear();
            black_box(&their_header)
                .format(bytes as u64, &mut out)
                .expect("a vector takes all");
            black_box(&out);
        });
        row(&format!("encode, for {size}"), encoded.len(), mine, theirs);
    }
    println!();
}
