//! The picture that an app reads a secret from: a QR code, as one path of SVG within the page. Nothing else has it: no file, no
//! address, so it is in no cache.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};

/// Modules of quiet around the code (ISO/IEC 18004).
const QUIET: i32 = 4;

/// A QR code.
pub struct Qr {
    /// Of one side, with the quiet around it.
    pub size: i32,
    /// The dark modules, as SVG's `d`.
    pub path: String,
}

impl Qr {
    /// Returns the code of a text; `None` if the text is too long for one.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            let mut x = 0;
            while x < code.size() {
                let begins = x;
                while code.get_module(x, y) {
                    x += 1;
                }
                if x > begins {
                    let width = x - begins;
                    let (left, top) = (begins + QUIET, y + QUIET);
                    // Writing to a `String` cannot fail.
                    let _ = write!(path, "M{left} {top}h{width}v1h-{width}z");
                }
                x += 1;
            }
        }
        Some(Self {
            size: code.size() + 2 * QUIET,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_begins_with_the_mark_of_its_corner() {
        let qr = Qr::of("otpauth://totp/a?secret=GEZDGNBV").unwrap();
        // Seven modules, in the first row within the quiet.
        assert!(qr.path.starts_with("M4 4h7v1h-7z"), "{}", qr.path);
        assert_eq!(qr.size, 29 + 2 * QUIET);
        assert!(Qr::of(&"x".repeat(5_000)).is_none());
    }
}
