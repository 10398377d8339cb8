//! An external extension: one line for each invocation, and one for the end.

use std::io::{self, Write};

use lambda_extension::{Event, Extension, ExtensionError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ExtensionError> {
    let mut extension = Extension::external().register().await?;
    loop {
        match extension.next_event().await? {
            Event::Invoke(invoke) => {
                let function = &extension.function().function_name;
                write_line(&format!("{function} was invoked: {}", invoke.request_id));
            }
            Event::Shutdown(shutdown) => {
                write_line(&format!("the end: {}", shutdown.reason.as_str()));
                return Ok(());
            }
            _ => {}
        }
    }
}

/// What an extension writes goes to the function's log; if that is closed there is nobody to tell.
fn write_line(line: &str) {
    let _closed = writeln!(io::stdout(), "{line}");
}
