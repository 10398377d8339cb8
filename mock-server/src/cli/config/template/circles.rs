//! Resources that need each other, which CloudFormation could make in no order.
//!
//! Looked at is what the settings of functions and of what invokes them refer to, and `DependsOn`. What is referred to by what is not read, such
//! as policies, is not known.

use std::collections::{BTreeMap, BTreeSet};

use super::{scope::Template, sections::Resource};
use crate::cli::config::problem::{Invalid, Problem};

impl Template {
    /// Notes what a resource waits for.
    pub(super) fn check_dependencies(&self, resource: &Resource) -> Result<(), Problem> {
        for (id, line) in &resource.depends_on {
            if self.sections.resource(id).is_none() {
                return Err(Invalid::NotThere { what: "resource", name: id.clone() }.at(*line));
            }
            let mut uses = self.uses.borrow_mut();
            uses.entry(resource.id.clone()).or_default().insert((id.clone(), *line));
        }
        Ok(())
    }
}

/// Refuses a template in which a resource needs itself, by way of others or not.
pub(super) fn refuse(template: &Template) -> Result<(), Problem> {
    let uses = template.uses.borrow();
    let mut done = BTreeSet::new();
    for id in uses.keys() {
        walk(&uses, id, &mut done)?;
    }
    Ok(())
}

/// Follows one resource to all that it needs. The path is a list and not the call stack, for it may be long.
fn walk<'a>(
    uses: &'a BTreeMap<String, BTreeSet<(String, usize)>>,
    start: &'a str,
    done: &mut BTreeSet<&'a str>,
) -> Result<(), Problem> {
    let next = |id: &str| uses.get(id).into_iter().flatten();
    let mut path = vec![(start, next(start))];
    while let Some((id, rest)) = path.last_mut() {
        let Some((needed, line)) = rest.next() else {
            done.insert(id);
            path.pop();
            continue;
        };
        if let Some(from) = path.iter().position(|(id, _)| id == needed) {
            let circle = path[from..].iter().map(|(id, _)| *id).chain([needed.as_str()]);
            return Err(Invalid::Circle { circle: circle.collect::<Vec<_>>().join(" -> ") }.at(*line));
        }
        if !done.contains(needed.as_str()) {
            path.push((needed, next(needed)));
        }
    }
    Ok(())
}
