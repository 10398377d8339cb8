//! An external extension: one line for each invocation, and one for the end.

use std::{
    env,
    io::{self, Write},
};

use lambda_extension::{Event, ExtensionError, Failure, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ExtensionError> {
    run(service_fn(on_event)).await
}

async fn on_event(event: Event) -> Result<(), Failure> {
    match event {
        Event::Invoke(invoke) => {
            let function = env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
            write_line(&format!("{function} was invoked: {}", invoke.request_id));
        }
        Event::Shutdown(shutdown) => write_line(&format!("the end: {}", shutdown.reason.as_str())),
        _ => {}
    }
    Ok(())
}

/// What an extension writes goes to the function's log; if that is closed there is nobody to tell.
fn write_line(line: &str) {
    let _closed = writeln!(io::stdout(), "{line}");
}
