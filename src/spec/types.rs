//! The little language of types in the spec: `[T]`, `{T}`, `many(T)`, `string(u32)`, `json(Article)`, `Name`.
//! Whether a name stands for anything is checked by `lint`.

use crate::spec::id;
use crate::spec::model::Type;

/// What is wrong with the text of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeError {
    /// Byte offset in the text.
    pub offset: usize,
    /// What is wrong there.
    pub message: String,
}

/// The types that need no description, but for the ids.
pub const SCALARS: &[(&str, Type)] = &[
    ("string", Type::String),
    ("i32", Type::I32),
    ("i64", Type::I64),
    ("u32", Type::U32),
    ("u64", Type::U64),
    ("decimal", Type::Decimal),
    ("bool", Type::Bool),
    ("bool01", Type::Bool01),
    ("date", Type::Date),
    ("timestamp", Type::Timestamp),
    ("json", Type::Json),
    ("file", Type::File),
];

/// Deeper nesting is a mistake, and must not exhaust the stack.
const MAX_DEPTH: usize = 8;

/// Reads a type.
pub fn parse(text: &str) -> Result<Type, TypeError> {
    let mut reader = Reader { text, offset: 0 };
    let ty = reader.ty(0)?;
    if reader.offset < text.len() {
        return Err(reader.error(format!("`{}` after the end of the type", &text[reader.offset..])));
    }
    Ok(ty)
}

/// Writes a type as the spec does.
pub fn show(ty: &Type) -> String {
    match ty {
        Type::List(inner) => format!("[{}]", show(inner)),
        Type::Map(inner) => format!("{{{}}}", show(inner)),
        Type::Many(inner) => format!("many({})", show(inner)),
        Type::Text(inner) => format!("string({})", show(inner)),
        Type::JsonText(inner) => format!("json({})", show(inner)),
        Type::Named(name) => name.clone(),
        Type::Id(id) => id.name.to_owned(),
        scalar => SCALARS
            .iter()
            .find(|(_, known)| known == scalar)
            .map(|(name, _)| (*name).to_owned())
            .unwrap_or_default(),
    }
}

struct Reader<'t> {
    text: &'t str,
    offset: usize,
}

impl Reader<'_> {
    fn ty(&mut self, depth: usize) -> Result<Type, TypeError> {
        if depth > MAX_DEPTH {
            return Err(self.error("a type this deeply nested".to_owned()));
        }
        if self.eat('[') {
            let inner = self.ty(depth + 1)?;
            return self.close(']', Type::List(Box::new(inner)));
        }
        if self.eat('{') {
            let inner = self.ty(depth + 1)?;
            return self.close('}', Type::Map(Box::new(inner)));
        }
        let start = self.offset;
        let rest = &self.text[start..];
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = &rest[..length];
        if name.is_empty() {
            return Err(self.error(match rest.chars().next() {
                None => "a type is missing here".to_owned(),
                Some(found) => format!("`{found}` where a type is due"),
            }));
        }
        self.offset += length;
        if self.eat('(') {
            let wrap: fn(Box<Type>) -> Type = match name {
                "many" => Type::Many,
                "string" => Type::Text,
                "json" => Type::JsonText,
                _ => {
                    self.offset = start;
                    return Err(
                        self.error(format!("`{name}(…)` is no type; there are many(…), string(…), json(…)"))
                    );
                }
            };
            let inner = self.ty(depth + 1)?;
            return self.close(')', wrap(Box::new(inner)));
        }
        if name == "many" {
            self.offset = start;
            return Err(self.error("`many` lacks its items' type: `many(T)`".to_owned()));
        }
        let scalar = SCALARS.iter().find(|(known, _)| *known == name);
        Ok(match (scalar, id::find(name)) {
            (Some((_, ty)), _) => ty.clone(),
            (None, Some(id)) => Type::Id(id),
            (None, None) => Type::Named(name.to_owned()),
        })
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.text[self.offset..].starts_with(expected);
        if found {
            self.offset += expected.len_utf8();
        }
        found
    }

    fn close(&mut self, bracket: char, ty: Type) -> Result<Type, TypeError> {
        if self.eat(bracket) {
            return Ok(ty);
        }
        Err(self.error(match self.text[self.offset..].chars().next() {
            None => format!("`{bracket}` is missing at the end"),
            Some(found) => format!("`{found}` where `{bracket}` is due"),
        }))
    }

    fn error(&self, message: String) -> TypeError {
        TypeError { offset: self.offset, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_and_written_alike() {
        for text in [
            "string",
            "bool01",
            "[[string]]",
            "[openid]",
            "string(tag_id)",
            "{u32}",
            "many(Article)",
            "string(u64)",
            "json([Article])",
            "json",
        ] {
            assert_eq!(show(&parse(text).unwrap()), text);
        }
        assert_eq!(parse("[Name]").unwrap(), Type::List(Box::new(Type::Named("Name".to_owned()))));
    }

    #[test]
    fn mistakes_say_where() {
        for (text, offset, message) in [
            ("", 0, "a type is missing here"),
            ("[string", 7, "`]` is missing at the end"),
            ("[string)", 7, "`)` where `]` is due"),
            ("many", 0, "`many` lacks its items' type: `many(T)`"),
            ("list(u32)", 0, "`list(…)` is no type; there are many(…), string(…), json(…)"),
            ("u32]", 3, "`]` after the end of the type"),
            ("[ u32]", 1, "` ` where a type is due"),
            ("[[[[[[[[[[u32]]]]]]]]]]", 9, "a type this deeply nested"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.offset, error.message.as_str()), (offset, message), "{text}");
        }
    }
}
