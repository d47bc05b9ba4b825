//! The tree of a type's members: which key of which object each field is. It is made once of the type's fields, and
//! reader and writer walk it. What a single field is stands in `field.rs`.

use super::field::{Field, Location};

/// One JSON object of a type: its own, or one nested in it by the paths of its fields.
#[derive(Debug, Default)]
pub(crate) struct Node {
    members: Vec<Member>,
}

/// What stands in the object.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its key.
    pub name: &'static str,
    pub part: Part,
    /// Keys written right before it, each with the list whose length it holds. Nothing is read from them.
    counts: Vec<(&'static str, usize)>,
}

#[derive(Debug)]
pub(crate) enum Part {
    /// The value of the field with this index.
    Field(usize),
    /// An object around fields.
    Object(Node),
    /// The fields of this field's value; they have no key in common.
    Beside(usize),
}

impl Node {
    pub(super) fn of(fields: &[Field]) -> Self {
        let mut root = Self::default();
        for (index, field) in fields.iter().enumerate() {
            let member = root.add(field.path(), index, field);
            if let (Some(key), Some(member)) = (field.count(), root.members.get_mut(member)) {
                member.counts.push((key, index));
            }
        }
        root
    }

    /// Adds a field within some objects, and says which member holds it. Fields of one path share their objects,
    /// wherever they stand in the table.
    fn add(&mut self, path: &[&'static str], index: usize, field: &Field) -> usize {
        let (name, part) = match path.split_first() {
            None if field.flatten() => (field.wire, Part::Beside(index)),
            None => (field.wire, Part::Field(index)),
            Some((outer, inner)) => {
                for (position, member) in self.members.iter_mut().enumerate() {
                    if let (true, Part::Object(node)) = (member.name == *outer, &mut member.part) {
                        node.add(inner, index, field);
                        return position;
                    }
                }
                let mut node = Self::default();
                node.add(inner, index, field);
                (*outer, Part::Object(node))
            }
        };
        self.members.push(Member { name, part, counts: Vec::new() });
        self.members.len() - 1
    }

    #[inline]
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The fields in this object and those nested in it.
    pub(crate) fn fields(&self) -> impl Iterator<Item = usize> + '_ {
        let mut stack: Vec<_> = self.members.iter().rev().collect();
        std::iter::from_fn(move || loop {
            match &stack.pop()?.part {
                Part::Field(index) | Part::Beside(index) => return Some(*index),
                Part::Object(node) => stack.extend(node.members.iter().rev()),
            }
        })
    }
}

impl Member {
    pub(crate) fn counts(&self) -> &[(&'static str, usize)] {
        &self.counts
    }

    /// The first of its fields.
    fn first(&self) -> Option<usize> {
        match &self.part {
            Part::Field(index) | Part::Beside(index) => Some(*index),
            Part::Object(node) => node.fields().next(),
        }
    }

    /// Where in a request it is written.
    pub(crate) fn location(&self, fields: &[Field]) -> Location {
        self.first().and_then(|index| fields.get(index)).map_or(Location::Body, Field::location)
    }

    /// Whether it is the field with this key, or holds it.
    pub(crate) fn holds(&self, fields: &[Field], key: &str) -> bool {
        let named = |index: usize| fields.get(index).is_some_and(|field| field.wire == key);
        match &self.part {
            Part::Field(index) | Part::Beside(index) => named(*index),
            Part::Object(node) => node.fields().any(named),
        }
    }

    /// Whether there must be something; lax: in what is sent only.
    pub(crate) fn need(&self, fields: &[Field]) -> Need {
        let need = |index: usize| match fields.get(index) {
            Some(field) if field.required() && !field.lax() => Need::Always,
            Some(field) if field.required() => Need::Sent,
            _ => Need::No,
        };
        match &self.part {
            Part::Field(index) | Part::Beside(index) => need(*index),
            Part::Object(node) => node.fields().map(need).max().unwrap_or(Need::No),
        }
    }
}

/// When a field must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    No,
    /// In what is sent; what the platform answers may leave it out.
    Sent,
    Always,
}
