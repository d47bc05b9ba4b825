//! `Content-Disposition`: whatever a server sends, the name of a file is one name, and leads nowhere else.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|header: &[u8]| {
    let Some(name) = weixin::__private::filename(header) else { return };
    assert!(!name.is_empty() && name != "." && name != "..", "{name:?}");
    assert!(!name.contains(['/', '\\', '\0']) && !name.contains(char::is_control), "{name:?}");
    let path = std::path::Path::new(&name);
    assert_eq!(path.file_name(), Some(path.as_os_str()), "{name:?}");
});
