//! Draws the picture of a QR code as the platform does: a JPEG with a quiet zone around the code.
//! What the code says and how long it lives is decided in `flow/qrcode.rs`.

use jpeg_encoder::{ColorType, Encoder};
use qrcode::{Color, EcLevel, QrCode};

/// Width and height of the picture in pixels.
const SIDE: usize = 430;
/// Modules of white that a reader wants around the code.
const QUIET: usize = 4;

/// The picture, or `None` for a text that no QR code of this size can hold.
pub(crate) fn jpeg(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let modules = code.width();
    let scale = SIDE / (modules + 2 * QUIET);
    if scale == 0 {
        return None;
    }
    let margin = (SIDE - modules * scale) / 2;
    let mut pixels = vec![0xff_u8; SIDE * SIDE];
    for (index, color) in code.into_colors().into_iter().enumerate() {
        if color == Color::Light {
            continue;
        }
        let (left, top) = (margin + index % modules * scale, margin + index / modules * scale);
        for row in pixels.chunks_exact_mut(SIDE).skip(top).take(scale) {
            row.iter_mut().skip(left).take(scale).for_each(|pixel| *pixel = 0);
        }
    }
    let mut picture = Vec::with_capacity(32 * 1024);
    let side = SIDE as u16;
    Encoder::new(&mut picture, 90).encode(&pixels, side, side, ColorType::Luma).ok()?;
    Some(picture)
}
