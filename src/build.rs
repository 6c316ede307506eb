//! The build script. From `www/` it makes the three files that the server sends to a browser: the page,
//! all its scripts as one, and all its style sheets as one; each as it is and in the gzip coding. On a
//! slow network, a page of seventy files would wait for seventy answers, six at a time. `www/` is what
//! is written, and what is opened from disk.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src/build.rs");
    #[cfg(feature = "standard")]
    page::pack()?;
    Ok(())
}

#[cfg(feature = "standard")]
mod page {
    use std::error::Error;
    use std::path::PathBuf;
    use std::{env, fs};

    use miniz_oxide::deflate::compress_to_vec;

    /// The highest level of compression.
    const LEVEL: u8 = 10;

    /// Makes `index.html`, `page.js` and `page.css` in `OUT_DIR`; for each, `NAME.gz` has it in the gzip
    /// coding, and `NAME.hash` the hash of its bytes.
    pub fn pack() -> Result<(), Box<dyn Error>> {
        for name in ["index.html", "js", "css"] {
            println!("cargo::rerun-if-changed=www/{name}");
        }
        let page = read("index.html")?;
        let (page, script) = join(&page, ["<script defer src=\"", "\"></script>"], "page.js")?;
        let (page, style) = join(
            &page,
            ["<link rel=\"stylesheet\" href=\"", "\">"],
            "page.css",
        )?;
        for (name, text) in [
            ("index.html", page),
            ("page.js", script),
            ("page.css", style),
        ] {
            let place = PathBuf::from(env::var("OUT_DIR")?).join(name);
            fs::write(place.with_added_extension("gz"), gzip(text.as_bytes()))?;
            fs::write(place.with_added_extension("hash"), hash(text.as_bytes()))?;
            fs::write(place, text)?;
        }
        Ok(())
    }

    /// Joins the files that a page names on lines of their own, between these two texts. Returns the
    /// page, which names the whole instead, and the whole, in the order of the page.
    fn join(
        page: &str,
        [before, after]: [&str; 2],
        name: &str,
    ) -> Result<(String, String), Box<dyn Error>> {
        let (mut rest, mut whole) = (String::new(), String::new());
        for line in page.split_inclusive('\n') {
            let Some(path) = line
                .trim()
                .strip_prefix(before)
                .and_then(|l| l.strip_suffix(after))
            else {
                rest.push_str(line);
                continue;
            };
            if whole.is_empty() {
                rest.push_str(&format!("{before}{name}{after}\n"));
            }
            whole.push_str(&read(path)?);
            whole.push('\n');
        }
        Ok((rest, whole))
    }

    /// The bytes in the gzip coding (RFC 1952 section 2.3): a header without a name or a time, the
    /// compressed bytes, their CRC-32 and their number.
    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut coded = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
        coded.extend(compress_to_vec(bytes, LEVEL));
        let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
            })
        });
        coded.extend((!crc).to_le_bytes());
        coded.extend((bytes.len() as u32).to_le_bytes());
        coded
    }

    /// FNV-1a of the bytes, and their number.
    fn hash(bytes: &[u8]) -> String {
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{hash:016x}-{:x}", bytes.len())
    }

    /// A file of `www/`.
    fn read(path: &str) -> Result<String, String> {
        let path = format!("www/{path}");
        fs::read_to_string(&path).map_err(|err| format!("{path}, a file of the page: {err}"))
    }
}
