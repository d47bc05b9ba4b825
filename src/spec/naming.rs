//! Names: from the wire to Rust, what Rust reserves, and the nearest name to a misspelt one.
//! Which names must differ from which is the business of `lint`.

/// The words of a name in any style: `ToUserName`, `action_info`, `no-cache`, `MsgID`, `IPList`.
fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let at = |index: usize| characters.get(index).copied().unwrap_or(' ');
    let mut words = vec![String::new()];
    for (index, &character) in characters.iter().enumerate() {
        if !character.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = if index == 0 { ' ' } else { at(index - 1) };
        let after = at(index + 1);
        // The plural of an acronym is one word with it: the `s` of `IDs`.
        let plural = after == 's' && !at(index + 2).is_lowercase();
        let begins = character.is_uppercase()
            && (before.is_lowercase()
                || before.is_numeric()
                || (before.is_uppercase() && after.is_lowercase() && !plural));
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `ToUserName` → `to_user_name`: names of fields and methods.
pub fn snake_case(name: &str) -> String {
    words(name).join("_")
}

/// `create_qrcode` → `CreateQrcode`: names of types and variants.
pub fn upper_camel_case(name: &str) -> String {
    let capitalised = |word: String| {
        let mut rest = word.chars();
        rest.next().map(|first| first.to_uppercase().chain(rest).collect::<String>()).unwrap_or_default()
    };
    words(name).into_iter().map(capitalised).collect()
}

/// `invalidCredential` → `INVALID_CREDENTIAL`: names of constants.
pub fn upper_snake_case(name: &str) -> String {
    words(name).join("_").to_uppercase()
}

/// Whether a name is written as fields, methods and modules are.
pub fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.ends_with('_')
        && !name.contains("__")
}

/// Whether a name is written as types and variants are.
pub fn is_upper_camel_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Whether a name is written as constants are.
pub fn is_upper_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && !name.ends_with('_')
        && !name.contains("__")
}

/// Words that can't be a name in Rust as they are, up to edition 2024.
pub const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// Whether Rust keeps the word for itself.
pub fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}

/// How many letters must be added, dropped, changed or swapped with their neighbour.
pub fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let left: Vec<char> = left.chars().collect();
    let width = right.len() + 1;
    // Three rows of the usual table: two back (for swaps), one back, and the one being filled.
    let mut older = vec![0; width];
    let mut old: Vec<usize> = (0..width).collect();
    for (i, &l) in left.iter().enumerate() {
        let mut new = Vec::with_capacity(width);
        new.push(i + 1);
        for (j, &r) in right.iter().enumerate() {
            let mut cost = (old[j] + usize::from(l != r)).min(old[j + 1] + 1).min(new[j] + 1);
            if i > 0 && j > 0 && l == right[j - 1] && left[i - 1] == r {
                cost = cost.min(older[j - 1] + 1);
            }
            new.push(cost);
        }
        older = std::mem::replace(&mut old, new);
    }
    old.last().copied().unwrap_or(left.len())
}

/// The candidate that was most likely meant, if any is near enough.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let allowed = if length < 3 { 1 } else { (length / 3).clamp(1, 3) };
    let folded = word.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        // A difference in case alone counts as half a letter.
        .map(|candidate| (edit_distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// ``; did you mean `…`?``, or nothing.
pub fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_style_become_rust_names() {
        for (wire, snake, camel) in [
            ("ToUserName", "to_user_name", "ToUserName"),
            ("MsgID", "msg_id", "MsgId"),
            ("IPList", "ip_list", "IpList"),
            ("IDs", "ids", "Ids"),
            ("IDsOfAll", "ids_of_all", "IdsOfAll"),
            ("UserIDs", "user_ids", "UserIds"),
            ("zh_CN", "zh_cn", "ZhCn"),
            ("QR_LIMIT_STR_SCENE", "qr_limit_str_scene", "QrLimitStrScene"),
            ("create_qrcode", "create_qrcode", "CreateQrcode"),
            ("Pic2Url", "pic2_url", "Pic2Url"),
            ("no-cache", "no_cache", "NoCache"),
            ("thumb_media_id", "thumb_media_id", "ThumbMediaId"),
            ("EncodingAESKey", "encoding_aes_key", "EncodingAesKey"),
            ("a.b c", "a_b_c", "ABC"),
            ("", "", ""),
            ("--", "", ""),
        ] {
            assert_eq!(snake_case(wire), snake, "{wire}");
            assert_eq!(upper_camel_case(wire), camel, "{wire}");
        }
        assert_eq!(upper_snake_case("invalidCredential"), "INVALID_CREDENTIAL");
    }

    #[test]
    fn styles_are_told_apart() {
        assert!(is_snake_case("create_qrcode") && is_snake_case("a1"));
        for bad in ["", "Create", "_a", "a_", "a__b", "1a", "a-b", "é"] {
            assert!(!is_snake_case(bad), "{bad}");
        }
        assert!(is_upper_camel_case("QrScene") && !is_upper_camel_case("qrScene"));
        assert!(!is_upper_camel_case("Qr_Scene") && !is_upper_camel_case("Ä"));
        assert!(is_upper_snake_case("A_B2") && !is_upper_snake_case("A_b") && !is_upper_snake_case("A_"));
    }

    #[test]
    fn distances_count_letters() {
        for (left, right, distance) in [
            ("", "abc", 3),
            ("abc", "", 3),
            ("strng", "string", 1),
            ("tpye", "type", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(edit_distance(left, right), distance, "{left} {right}");
        }
        assert_eq!(nearest("strng", ["decimal", "string"]), Some("string"));
        assert_eq!(nearest("Required", ["required"]), Some("required"));
        assert_eq!(nearest("xyz", ["string", "bool"]), None);
        assert_eq!(nearest("same", ["same"]), None);
    }
}
