//! This crate's service, with its functions as processes and its APIs on sockets.

use std::time::Duration;

use mock_server::{Event, ExtensionEvent, FunctionBuilder, MockLambda};

use super::{Folder, Said, Stage};
use crate::{
    row::{Mode, Row},
    wire::Trouble,
};

/// As many invocations as the emulator is told to take at once.
const CONCURRENCY: usize = 4;

fn in_mode(builder: FunctionBuilder, mode: Mode) -> FunctionBuilder {
    match mode {
        Mode::Classic => builder,
        Mode::Managed => builder.max_concurrency(CONCURRENCY),
    }
}

pub(super) fn start(row: &Row) -> Result<Stage, Trouble> {
    let folder = Folder::new(row);
    let said = Said::new();
    let heard = said.clone();
    let mock = MockLambda::observed(0, move |entry| match &entry.event {
        Event::Output { line } => heard.line(line.clone()),
        Event::Extension { event: ExtensionEvent::Output { line }, .. } => heard.line(line.clone()),
        _ => {}
    });
    let builder = mock
        .function("function")
        .handler("app.handler")
        .timeout(Duration::from_secs(row.timeout_seconds.into()))
        // The emulator has one environment only; with a fixed address the mock has, too.
        .runtime_api(([127, 0, 0, 1], 0).into());
    let builder = in_mode(builder, row.mode);
    let extensions = row.extensions.iter().map(|name| folder.opt().join("extensions").join(name));
    let builder = extensions.fold(builder, FunctionBuilder::extension);
    let function = builder.bootstrap(folder.task().join("bootstrap")).map_err(failed)?;
    if row.mode == Mode::Managed {
        // Ahead of any invoke, as the emulator does.
        let ahead = function.clone();
        tokio::spawn(async move { ahead.start().await });
    }
    let front = mock.listen(([127, 0, 0, 1], 0).into()).map_err(failed)?;
    Ok(Stage { front: front.address(), folder, said, _running: Box::new((front, function, mock)) })
}

fn failed(why: impl ToString) -> Trouble {
    Trouble::NotStarted(why.to_string())
}
