//! The tables `[schedules.NAME]` and `[rules.NAME]`.

use super::{
    sources::tables,
    triggers::{bus, needed},
};
use crate::cli::config::{
    model::{Qualifier, RuleConfiguration, RuleTarget, Target, Triggers},
    problem::{Invalid, Problem},
    settings,
    table::{Field, Table},
    triggers,
};

/// Takes all schedules and rules from the file.
pub(super) fn read(root: &mut Table<'_>, triggers: &mut Triggers) -> Result<(), Problem> {
    for field in tables(root, "schedules")? {
        let (mut rule, mut table) = begin(field)?;
        let expression = needed(&mut table, "expression", "rate(value unit) or cron(fields)")?;
        rule.schedule = Some(triggers::schedule(&expression, false)?);
        finish(table, rule, triggers)?;
    }
    for field in tables(root, "rules")? {
        let (mut rule, mut table) = begin(field)?;
        rule.bus = bus(&mut table)?;
        rule.pattern = Some(triggers::pattern(needed(&mut table, "pattern", "a text that is JSON")?)?);
        finish(table, rule, triggers)?;
    }
    Ok(())
}

fn begin(field: Field<'_>) -> Result<(RuleConfiguration, Table<'_>), Problem> {
    let (name, line) = (field.name.clone(), field.key_line);
    let rule = RuleConfiguration {
        line,
        bus: "default".to_owned(),
        name,
        pattern: None,
        schedule: None,
        is_scheduler: false,
        enabled: true,
        targets: Vec::new(),
    };
    Ok((rule, field.table()?))
}

/// What both have: what they send to, and what they send.
fn finish(mut table: Table<'_>, mut rule: RuleConfiguration, triggers: &mut Triggers) -> Result<(), Problem> {
    if let Some(enabled) = table.take("enabled")? {
        rule.enabled = enabled.flag()?;
    }
    let (line, target) = target(&mut table)?;
    let (constant, path) = (table.take("input")?, table.take("input-path")?);
    let input = triggers::input(constant, path, ("input", "input-path"))?;
    let group = table.take("message-group")?.map(|group| group.text().map(str::to_owned)).transpose()?;
    table.finish()?;
    rule.targets.push(RuleTarget { line, target, input, group });
    triggers.rules.push(rule);
    Ok(())
}

/// One of a function, a queue and a topic, and where it is named.
fn target(table: &mut Table<'_>) -> Result<(usize, Target), Problem> {
    const EXPECTED: &str = "one of the three";

    let fields = [table.take("function")?, table.take("queue")?, table.take("topic")?];
    let mut given = fields.into_iter().flatten();
    let field = match (given.next(), given.next()) {
        (Some(field), None) => field,
        (None, _) => return Err(table.missing("function, queue or topic", EXPECTED)),
        (_, Some(second)) => {
            let what = "a second target";
            return Err(Invalid::Conflict { what, other: "the first" }.at(second.line()));
        }
    };
    let text = field.text_or("a name")?;
    let target = match &*field.name {
        "queue" => Target::Queue(text.to_owned()),
        "topic" => Target::Topic(text.to_owned()),
        _ => match text.split_once(':') {
            Some((name, qualifier)) => {
                Target::Function { name: name.to_owned(), qualifier: settings::qualifier(qualifier) }
            }
            None => Target::Function { name: text.to_owned(), qualifier: Qualifier::Latest },
        },
    };
    Ok((field.line(), target))
}
