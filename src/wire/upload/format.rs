//! What kind of file some bytes are, for names that don't tell.
//! The platform goes by the ending of the name alone.

use std::borrow::Cow;

/// How many bytes are looked at.
pub(super) const FIRST: usize = 64;

/// The name with an ending that tells the platform what the file is, if it has none and the first bytes or the content
/// type show what it is.
pub(super) fn named<'a>(name: &'a str, first: &[u8], content_type: Option<&str>) -> Cow<'a, str> {
    if has_ending(name) {
        return Cow::Borrowed(name);
    }
    match ending(first).or_else(|| content_type.and_then(crate::record::part::ending_for)) {
        Some(ending) => Cow::Owned(format!("{}.{ending}", name.trim_end_matches('.'))),
        None => Cow::Borrowed(name),
    }
}

/// `v1.2` and `1. a picture` end in nothing that could be the kind of a file.
pub(super) fn has_ending(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| {
        matches!(ending.len(), 1..=5)
            && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && ending.bytes().any(|byte| byte.is_ascii_alphabetic())
    })
}

/// The usual ending of files that begin like this, of the kinds that the platform takes.
fn ending(first: &[u8]) -> Option<&'static str> {
    const BEGINNINGS: [(&[u8], &str); 15] = [
        (b"\xff\xd8\xff", "jpg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"GIF87a", "gif"),
        (b"GIF89a", "gif"),
        (b"BM", "bmp"),
        (b"#!AMR", "amr"),
        (b"#!SILK", "silk"),
        (b"\x02#!SILK", "silk"),
        (b"ID3", "mp3"),
        (b"\xff\xfb", "mp3"),
        (b"\xff\xf3", "mp3"),
        (b"\xff\xf2", "mp3"),
        (b"\xff\xfa", "mp3"),
        (b"%PDF-", "pdf"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wmv"),
    ];
    if let Some((_, ending)) = BEGINNINGS.iter().find(|(beginning, _)| first.starts_with(beginning)) {
        return Some(ending);
    }
    // Containers say what they hold a few bytes later.
    match (first.get(..4)?, first.get(4..8)?, first.get(8..12)?) {
        (b"RIFF", _, b"WEBP") => Some("webp"),
        (b"RIFF", _, b"WAVE") => Some("wav"),
        (b"RIFF", _, b"AVI ") => Some("avi"),
        (_, b"ftyp", b"qt  ") => Some("mov"),
        (_, b"ftyp", b"M4A " | b"M4B ") => Some("m4a"),
        (_, b"ftyp", _) => Some("mp4"),
        (b"OggS", ..) if first.windows(8).any(|window| window == b"Speex   ") => Some("spx"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{has_ending, named};

    #[test]
    fn a_name_without_an_ending_gets_one() {
        for (name, first, expected) in [
            ("cover", &b"\xff\xd8\xff\xe0"[..], "cover.jpg"),
            ("封面", b"\x89PNG\r\n\x1a\n\0", "封面.png"),
            ("cover.", b"GIF89a", "cover.gif"),
            ("v1.2", b"BM\0\0", "v1.2.bmp"),
            ("1. a picture", b"RIFF\x10\0\0\0WEBPVP8 ", "1. a picture.webp"),
            ("voice", b"#!AMR\n", "voice.amr"),
            ("voice", b"\x02#!SILK_V3", "voice.silk"),
            ("voice", b"ID3\x04", "voice.mp3"),
            ("voice", b"\xff\xfb\x90", "voice.mp3"),
            ("voice", b"RIFF\x10\0\0\0WAVEfmt ", "voice.wav"),
            ("voice", b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x50Speex   1.2", "voice.spx"),
            ("tour", b"\0\0\0\x18ftypmp42", "tour.mp4"),
            ("tour", b"\0\0\0\x18ftypqt  ", "tour.mov"),
            ("song", b"\0\0\0\x18ftypM4A ", "song.m4a"),
            ("bill", b"%PDF-1.4", "bill.pdf"),
            ("cover", b"no picture at all", "cover"),
            ("cover", b"", "cover"),
            ("cover.png", b"\xff\xd8\xff\xe0", "cover.png"),
        ] {
            assert_eq!(named(name, first, None), expected);
        }
        assert_eq!(named("cover", b"", Some("image/jpeg")), "cover.jpg");
        assert_eq!(named("cover", b"\x89PNG\r\n\x1a\n", Some("image/jpeg")), "cover.png");
        assert_eq!(named("cover", b"", Some("x/y")), "cover");
        assert!(has_ending("a.7z") && has_ending("a.JPEG") && !has_ending(".") && !has_ending("a.x y"));
    }
}
