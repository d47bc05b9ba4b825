//! What must hold between the parts of a spec so that good code can come out of it.
//! Each group of rules has a module of its own; examples are checked elsewhere.

mod docs;
mod endpoint;
mod field;
pub mod names;
mod paging;
mod push;
mod types;

use std::collections::BTreeSet;

use crate::spec::diagnostic::Diagnostics;
use crate::spec::index::Index;
use crate::spec::model::Spec;
use crate::spec::parse::Parsed;
use crate::spec::walk::{self, List};

/// What every rule looks at.
struct Lint<'s> {
    spec: &'s Spec,
    index: Index<'s>,
    lists: Vec<List<'s>>,
    /// The types that are part of a request or a reply.
    sent: BTreeSet<&'s str>,
    /// Whether everything could be read: only then is what is missing a mistake.
    whole: bool,
}

/// Applies all rules; each mistake is noted, none ends the search.
pub fn check(parsed: &Parsed, out: &mut Diagnostics) {
    let spec = &parsed.spec;
    let index = Index::new(spec);
    let lint = Lint {
        spec,
        lists: walk::lists(spec),
        sent: walk::sent(&index, spec),
        index,
        whole: parsed.is_whole(),
    };
    names::check(&lint, out);
    docs::check(&lint, out);
    types::check(&lint, out);
    field::check(&lint, out);
    endpoint::check(&lint, out);
    paging::check(&lint, out);
    push::check(&lint, out);
}
